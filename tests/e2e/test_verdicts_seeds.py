"""Verdicts beside truth with five seeds: names, addresses, times and noise differ, no verdict does."""

import verdicts


def test_five_seeds(folder):
    verdicts.check(verdicts.table(folder, verdicts.scenarios(), range(1, 6)))


if __name__ == "__main__":
    import sys

    import e2e

    e2e.main(sys.modules[__name__])
