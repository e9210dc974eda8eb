"""Verdicts beside truth: every scenario in three profiles, with one seed. test_verdicts_seeds.py plays five."""

import verdicts


def test_every_host_is_what_its_logs_support(folder):
    verdicts.check(verdicts.table(folder, verdicts.scenarios(), (1,)))


def test_the_shape_of_the_logs_changes_no_verdict(folder):
    for shape in ("winlogbeat", "xml", "forwarded"):
        verdicts.check([verdicts.play(folder, "d1", 2, "a2", "--shape", shape)])


def test_little_noise_and_much_change_no_verdict(folder):
    for density in ("100", "8000"):
        verdicts.check([verdicts.play(folder, name, 1, "a1", "--density", density) for name in ("d1", "d2-b", "s8")])


if __name__ == "__main__":
    import sys

    import e2e

    e2e.main(sys.modules[__name__])
