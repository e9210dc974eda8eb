"""Plays incidents and holds Cordon's verdicts beside their truth.

    python3 tests/e2e/verdicts.py [SCENARIO[,SCENARIO]] [SEED[,SEED]]     prints the table (env CORDON names the program)

What is compared is what the logs of a profile can support (provable_by), never what one wishes: see docs/range.md."""

import json
import os
import re
import shutil
import sys
import tempfile

import e2e

PROFILES = ("a0", "a1", "a2")
SHORT = {"infected": "INF", "suspicious": "SUS", "exposed": "exp", "attacked": "att", "unknown": "?", "clean": "ok"}
BUSY_SUSPICIOUS_MAX = 2  # of a day on which nobody is infected


def scenarios():
    """Those whose hosts have a truth: not the demo, not the parade of acts."""
    return [n for n in e2e.scenarios() if re.fullmatch(r"[ds]\d+(-\w+)?", n)]


class Row:
    """One incident in one profile: truth beside summary, host by host."""

    def __init__(self, scenario, seed, profile, truth, summary):
        self.scenario, self.seed, self.profile = scenario, seed, profile
        self.truth = {h["host"]: h for h in truth["hosts"]}
        self.summary = {h["host"].partition(".")[0].upper(): h for h in summary["hosts"]}
        self.what = f"{scenario} seed {seed} {profile}"

    def wanted(self, host):
        return self.truth[host]["provable_by"][self.profile]

    def got(self, host):
        h = self.summary.get(host)
        return "absent" if h is None else "+".join([h["verdict"], *h["flags"]])

    def quiet(self):
        return all(h["verdict"] not in ("infected", "suspicious") for h in self.truth.values())

    def faults(self):
        """Sentences on what is wrong."""
        out = [f"{h}: a host that is not there" for h in self.summary if h not in self.truth]
        suspicious = [h for h in self.truth if self.got(h).startswith("suspicious")]
        for h, truth in self.truth.items():
            got, wanted = self.got(h), self.wanted(h)
            if self.quiet() and got.startswith("suspicious") and len(suspicious) <= BUSY_SUSPICIOUS_MAX:
                continue
            if got != wanted:
                why = "; ".join(r["text"] for r in self.summary.get(h, {}).get("reasons", []) if r["counts"])
                out.append(f"{h}: {got}, its logs support {wanted} ({why[:300]})")
            elif got.startswith("infected"):
                out += [f"{h}: {f}" for f in self.claims(truth, self.summary[h])]
        return out

    @staticmethod
    def claims(truth, said):
        """What is said of an infected host beyond the word must be true as well."""
        if not set(said["families"]) <= set(truth["families"]):
            yield f"families {said['families']}, in truth {truth['families']}"
        if said["vector"] not in (truth["vector"], "unknown"):
            yield f"vector {said['vector']}, in truth {truth['vector']}"
        if not set(k for k, v in said["stages"].items() if v) <= set(truth["stages"]):
            yield f"stages {sorted(said['stages'])}, in truth {truth['stages']}"
        if said["first_evidence"] < truth["first_evidence"]:
            yield f"first evidence {said['first_evidence']}, in truth {truth['first_evidence']}"

    def line(self):
        cells = []
        for h in self.truth:
            got, wanted = self.got(h), self.wanted(h)
            word = SHORT.get(got.partition("+")[0], got) + ("+" if "+" in got else "")
            cells.append(f"{word}{'' if got == wanted else '!':<1}")
        return f"{self.scenario:<8}{self.seed:>4} {self.profile}  " + "".join(f"{c:<7}" for c in cells)


def play(folder, scenario, seed, profile, *more):
    """more: further options of range."""
    to = os.path.join(folder, f"{scenario}-{seed}-{profile}")
    args = ("-s", scenario, "--seed", str(seed), "--profile", profile, *more, "-o", to)
    e2e.expect("range", e2e.cordon("range", *args).returncode, 0)
    case = os.path.join(to, "case")
    r = e2e.cordon("investigate", os.path.join(to, "evidence"), "-o", case, "-q")
    e2e.expect(f"investigate: {r.stderr}", r.returncode, 0)
    with open(os.path.join(to, "truth.json"), encoding="utf-8") as t, open(
        os.path.join(case, "summary.json"), encoding="utf-8"
    ) as s:
        row = Row(scenario, seed, profile, json.load(t), json.load(s))
    shutil.rmtree(to)
    return row


def head(row):
    return f"{'':<12} pr  " + "".join(f"{h.replace('SRV-', '')[:6]:<7}" for h in row.truth)


def table(folder, names, seeds, out=None):
    """All rows; printed as they come when `out` is given. A word with ! is not what the logs support."""
    rows = []
    for name in names:
        for seed in seeds:
            for profile in PROFILES:
                rows.append(play(folder, name, seed, profile))
                if out is not None:
                    print(
                        head(rows[-1]) + "\n" + rows[-1].line() if len(rows) == 1 else rows[-1].line(),
                        file=out,
                        flush=True,
                    )
    return rows


def check(rows):
    faults = [f"{r.what}: {f}" for r in rows for f in r.faults()]
    if faults:
        raise AssertionError("\n" + "\n".join(faults))


if __name__ == "__main__":
    names = sys.argv[1].lower().split(",") if len(sys.argv) > 1 else scenarios()
    seeds = [int(n) for n in sys.argv[2].split(",")] if len(sys.argv) > 2 else range(1, 6)
    with tempfile.TemporaryDirectory() as folder:
        played = table(folder, names, seeds, sys.stdout)
        wrong = [f"{r.what}: {f}" for r in played for f in r.faults()]
        print("\n".join(wrong) or f"{len(played)} incidents, every host as its logs support")
    sys.exit(bool(wrong))
