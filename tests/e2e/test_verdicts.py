"""Verdicts beside truth: every scenario in three profiles, with one seed. test_verdicts_seeds.py plays five."""

import e2e
import verdicts


def test_every_host_is_what_its_logs_support(folder):
    verdicts.check(verdicts.table(folder, verdicts.scenarios(), (1,)))


def test_the_shape_of_the_logs_changes_no_verdict(folder):
    for shape in ("winlogbeat", "xml", "forwarded"):
        verdicts.check([verdicts.play(folder, "d1", 2, "a2", "--shape", shape)])


def test_sysmon_shows_all_that_happened_in_d1(folder):
    """Not only the word: every stage, the family and the way in of each infected host."""
    for name in ("d1", "d1-iso"):
        row = verdicts.play(folder, name, 3, "a2")
        infected = [h for h in row.truth if row.truth[h]["verdict"] == "infected"]
        e2e.expect("infected", len(infected), 4)
        for h in infected:
            truth, said = row.truth[h], row.summary[h]
            e2e.expect(f"{name} {h} stages", sorted(k for k, v in said["stages"].items() if v), sorted(truth["stages"]))
            e2e.expect(f"{name} {h}", (said["families"], said["vector"]), (truth["families"], truth["vector"]))


def test_little_noise_and_much_change_no_verdict(folder):
    for density in ("100", "8000"):
        verdicts.check([verdicts.play(folder, name, 1, "a1", "--density", density) for name in ("d1", "d2-b", "s8")])


if __name__ == "__main__":
    import sys

    e2e.main(sys.modules[__name__])
