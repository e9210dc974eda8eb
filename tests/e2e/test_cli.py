"""The command line itself: help, mistakes, exit codes, closed and full outputs."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from e2e import CORDON, Skip, cordon, expect, has, main  # noqa: E402


def commands():
    """Names in the overview."""
    lines = cordon("help").stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]


def test_no_command_shows_the_overview(_):
    r = cordon()
    expect("exit", r.returncode, 2)
    has("stderr", r.stderr, "Usage: cordon COMMAND")
    expect("stdout", r.stdout, "")


def test_version(_):
    r = cordon("--version")
    expect("exit", r.returncode, 0)
    expect("words", r.stdout.split()[0], "cordon")


def test_help_names_every_command_and_each_has_help(_):
    names = commands()
    has("overview", names, "help")
    for name in names:
        a, b = cordon("help", name), cordon(name, "--help")
        expect(f"help {name}", a.returncode, 0)
        expect(f"{name} --help", b.stdout, a.stdout)
        has(name, a.stdout, f"cordon {name} - ")


def test_mistyped_command_is_suggested(_):
    r = cordon("hepl")
    expect("exit", r.returncode, 2)
    has("stderr", r.stderr, "did you mean help?")


def test_mistyped_option_is_suggested(_):
    r = cordon("help", "--mna")
    expect("exit", r.returncode, 2)
    has("stderr", r.stderr, "there is no option --mna; did you mean --man?")


def test_planned_command_is_named_unavailable(_):
    for r in (cordon("apply", "x"), cordon("help", "apply")):
        expect("exit", r.returncode, 5)
        has("stderr", r.stderr, "not available in this version")


def test_escape_sequences_of_arguments_are_shown_harmless(_):
    r = cordon("\x1b[31mred\x1b[0m")
    expect("exit", r.returncode, 2)
    if "\x1b" in r.stderr:
        raise AssertionError(r.stderr)


def test_full_disk_is_said(_):
    with open("/dev/full", "w") as full:
        r = cordon("help", "--man", stdout=full)
    expect("exit", r.returncode, 2)
    has("stderr", r.stderr, "No space left on device")


def test_closed_pipe_is_quiet(_):
    r, w = os.pipe()
    os.close(r)
    done = subprocess.run([CORDON, "help", "--man"], stdout=w, stderr=subprocess.PIPE, text=True)
    os.close(w)
    expect("stderr", done.stderr, "")
    expect("exit", done.returncode, 0)


def test_man_pages_are_sound(_):
    tool = shutil.which("mandoc")
    for name in [""] + commands():
        page = cordon("help", "--man", *([name] if name else [])).stdout
        for section in (".Sh NAME", ".Sh SYNOPSIS", ".Sh DESCRIPTION", ".Sh EXIT STATUS", ".Sh SEE ALSO"):
            has(name or "cordon", page, section)
        if tool:
            lint = subprocess.run([tool, "-T", "lint", "-W", "error"], input=page, capture_output=True, text=True)
            expect(f"mandoc {name}", lint.stdout, "")


def test_bash_completion(folder):
    bash = shutil.which("bash")
    if not bash:
        raise Skip("no bash")
    script = os.path.join(folder, "c")
    with open(script, "w") as f:
        f.write(cordon("help", "--completion", "bash").stdout)
        f.write('\nCOMP_WORDS=(cordon help --completion z) COMP_CWORD=3; _cordon; echo "${COMPREPLY[@]}"\n')
        f.write('COMP_WORDS=(cordon he) COMP_CWORD=1; _cordon; echo "${COMPREPLY[@]}"\n')
        f.write('COMP_WORDS=(cordon help --m) COMP_CWORD=2; _cordon; echo "${COMPREPLY[@]}"\n')
    done = subprocess.run([bash, "--norc", script], capture_output=True, text=True)
    expect("stderr", done.stderr, "")
    expect("words", done.stdout.splitlines(), ["zsh", "help", "--man"])


if __name__ == "__main__":
    main(sys.modules[__name__])
