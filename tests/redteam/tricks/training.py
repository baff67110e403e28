"""What the author's code may do while it runs: training, custom metrics, commands of a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.bases import folder_store
from tests.redteam.trick import ANY, FAIL, GREEN, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from tests.redteam.repository import Repository

SINGLE = (Mode.SINGLE, Mode.TWO_JOBS)
SEEN = 'open("out/seen.txt", "w").write'
ENVIRONMENT = f"{SEEN}(str(dict(os.environ)))"
DAEMON = """\
import os, re, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
end = time.time() + 8
while time.time() < end:
    for name in ("evidence/compare.json", "verdict.json", "run.json"):
        try:
            text = open(f".mlgate/{name}").read()
            open(f".mlgate/{name}", "w").write(re.sub(r"-0\\.0[0-9]+", "0.001", text))
        except OSError:
            pass
    time.sleep(0.01)
"""
LOOSEN = "sed -i s/0.02/0.5/ mlgate.yaml"


def _own_metric(repo: Repository) -> None:
    """Gate a metric that mine.py computes."""
    repo.add_to_config("metrics: {custom: {mine: 'mine:metric'}, direction: {mine: higher}}")
    repo.configure("gates:\n", "gates:\n  mine: {min: 0.1}\n")


@trick(ANY, INTENT, modes=(*SINGLE, Mode.EVIDENCE))
def training_reads_its_environment(repo: Repository) -> None:
    """Writes down what it finds in its environment: keys of a cloud, of a tracker, a database's."""
    repo.after_training(ENVIRONMENT)


@trick(
    ANY,
    INTENT,
    modes=SINGLE,
    own_process=True,
)
def training_reads_the_environment_of_its_parents(repo: Repository) -> None:
    """Reads /proc/PID/environ of mlgate."""
    repo.after_training(
        "pid = os.getppid()\n"
        "while pid > 1:\n"
        '    text = open(f"/proc/{pid}/environ", errors="replace").read()\n'
        '    if "MLGATE" in open(f"/proc/{pid}/cmdline").read().upper(): break\n'
        '    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])\n'
        f"if pid > 1: {SEEN}(text)"
    )


@trick(ANY, INTENT, modes=SINGLE)
def training_asks_for_the_token(repo: Repository) -> None:
    """Names the token in its own `train.pass_env`."""
    repo.configure("python train.py}", "python train.py, pass_env: [GITHUB_TOKEN, WANDB_API_KEY]}")
    repo.after_training(ENVIRONMENT)


@trick(GREEN, INTENT)
def training_prints_workflow_commands(repo: Repository) -> None:
    """Prints commands of the runner: they would set variables and hide errors."""
    repo.after_training('print("::add-mask::a\\n::set-env name=PATH::/evil\\n::stop-commands::x")')


@trick(FAIL, INTENT)
def training_installs_hooks(repo: Repository) -> None:
    """Installs hooks and a file-system monitor that would run with the token."""
    repo.worse()
    repo.after_training(
        "os.makedirs('.git/hooks', exist_ok=True)\n"
        "for name in ('post-checkout', 'reference-transaction', 'fsmonitor', 'pre-push'):\n"
        "    path = f'.git/hooks/{name}'\n"
        "    open(path, 'w').write('#!/bin/sh\\nenv >> out/seen.txt\\n'); os.chmod(path, 0o755)\n"
        "os.system('git config core.fsmonitor .git/hooks/fsmonitor')"
    )


@trick(FAIL, INTENT, modes=SINGLE)
def training_sets_a_filter(repo: Repository) -> None:
    """Commits attributes, and configures a filter for them that writes the environment down."""
    repo.worse()
    repo.write(".gitattributes", "* filter=mine diff=mine\n")
    repo.after_training(
        "for key in ('filter.mine.clean', 'filter.mine.smudge', 'diff.mine.textconv'):\n"
        '    os.system(f"git config {key} \'sh -c \\"env >> {os.getcwd()}/out/seen.txt; cat\\"\'")\n'
        "os.utime('error.txt')"
    )


@trick(FAIL, INTENT)
def training_replaces_the_base(repo: Repository) -> None:
    """Makes git take a loose commit of its own for main's, by a replacement."""
    repo.worse()
    repo.after_training(
        f"os.system('{LOOSEN}; git commit -qam x; "
        "git replace -f $(git rev-parse origin/main) HEAD; git reset -q --hard HEAD~1')"
    )


@trick(FAIL, INTENT)
def training_moves_the_base(repo: Repository) -> None:
    """Points this clone's refs of main at a loose commit of its own."""
    repo.worse()
    repo.after_training(
        f"os.system('{LOOSEN}; git commit -qam x; git update-ref refs/remotes/origin/main HEAD; "
        "git update-ref refs/heads/main HEAD; git reset -q --hard HEAD~1')"
    )


@trick(RED, INTENT)
def training_points_the_remote_elsewhere(repo: Repository) -> None:
    """Sets the remote to an empty repository of its own, where no baseline is."""
    repo.worse()
    repo.after_training(
        "os.system('git init -q --bare ../empty.git; git config remote.origin.url ../empty.git')"
    )


@trick(RED, INTENT)
def training_rewrites_addresses(repo: Repository) -> None:
    """Has git rewrite the remote's address (`url.….insteadOf`)."""
    repo.worse()
    repo.after_training(
        "os.system('git init -q --bare ../empty.git')\n"
        "os.system('git config url.../empty.git.insteadOf $(git config remote.origin.url)')"
    )


@trick(RED, INTENT)
def training_renames_the_remote(repo: Repository) -> None:
    """Removes the remote, so that this clone's own refs count, and there are none."""
    repo.worse()
    repo.after_training("os.system('git remote remove origin')")


@trick(RED, INTENT, modes=SINGLE)
def training_makes_the_remote_a_command(repo: Repository) -> None:
    """Sets the remote to a command that git would run, with the token in its environment."""
    repo.worse()
    repo.after_training(
        "here = os.getcwd()\n"
        "open('spy.sh', 'w').write(f'env >> {here}/out/seen.txt\\n')\n"
        "os.system('git config protocol.ext.allow always')\n"
        "os.system(f'git config remote.origin.url \"ext::sh {here}/spy.sh\"')"
    )


@trick(RED, INTENT, modes=SINGLE)
def training_names_a_program_for_ssh(repo: Repository) -> None:
    """Sets the remote to one over SSH, and the program for it to its own."""
    repo.worse()
    repo.after_training(
        "here = os.getcwd()\n"
        "open('spy.sh', 'w').write(f'env >> {here}/out/seen.txt\\n')\n"
        "os.system(f'git config core.sshCommand \"sh {here}/spy.sh\"')\n"
        "os.system('git config remote.origin.url git@127.0.0.1:octo/model.git')"
    )


@trick(RED, INTENT)
def training_forges_a_store(repo: Repository) -> None:
    """Sets the remote to a copy of the repository from which it deleted the baselines."""
    repo.worse()
    repo.after_training(
        "import shutil, subprocess\n"
        "run = lambda *a: subprocess.run(a, capture_output=True, text=True)\n"
        "url = run('git', 'config', 'remote.origin.url').stdout.strip()\n"
        "shutil.copytree(url, '../forged.git')\n"
        "for ref in run('git', '-C', '../forged.git', 'for-each-ref', '--format=%(refname)',\n"
        "               'refs/mlgate/baselines').stdout.split():\n"
        "    run('git', '-C', '../forged.git', 'update-ref', '-d', ref)\n"
        "run('git', 'config', 'remote.origin.url', '../forged.git')"
    )


@trick(FAIL, INTENT)
def training_writes_refs_of_the_store(repo: Repository) -> None:
    """Deletes the baselines that this clone has, and makes some of its own."""
    repo.worse()
    repo.after_training(
        'os.system(\'git fetch -q origin "+refs/mlgate/*:refs/mlgate/*"; '
        'for ref in $(git for-each-ref --format="%(refname)" refs/mlgate); do '
        "git update-ref $ref HEAD; done')"
    )


@trick(FAIL, INTENT)
def training_breaks_the_repository(repo: Repository) -> None:
    """Claims to be a shallow clone that begins at its head, so that no ancestor is seen."""
    repo.worse()
    repo.after_training("os.system('git rev-parse HEAD > .git/shallow')")


@trick(FAIL, INTENT)
def training_checks_out_another_commit(repo: Repository) -> None:
    """Checks main out while it trains: the run would be one of main itself."""
    repo.worse()
    repo.after_training("os.system('git checkout -q -B main origin/main')")


@trick(RED, INTENT)
def custom_metric_rewrites_evidence(repo: Repository) -> None:
    """Adds a metric of its own, whose code rewrites what was measured under main's policy.

    Its own policy is loose, so that only main's would block.
    """
    repo.worse()
    repo.configure("max_regression: 0.02", "max_regression: 0.5")
    _own_metric(repo)
    repo.write(
        "mine.py",
        "import json, pathlib, re\n"
        "def metric(*args, **kwargs):\n"
        "    for path in pathlib.Path('.mlgate/evidence').glob('compare.json'):\n"
        "        text = path.read_text()\n"
        "        path.write_text(re.sub(r'-0\\.0[0-9]+', '0.001', text))\n"
        "    return 0.5\n",
    )


@trick(ANY, INTENT, modes=SINGLE)
def custom_metric_reads_its_environment(repo: Repository) -> None:
    """Adds a metric of its own, whose code writes down what it finds in its environment."""
    _own_metric(repo)
    repo.write(
        "mine.py",
        f"import os\ndef metric(*args, **kwargs):\n    {ENVIRONMENT}\n    return 0.5\n",
    )


@trick(
    ANY,
    INTENT,
    modes=SINGLE,
    own_process=True,
)
def custom_metric_reads_the_environment_of_its_parents(repo: Repository) -> None:
    """Adds a metric of its own, whose code reads /proc/PPID/environ."""
    _own_metric(repo)
    repo.write(
        "mine.py",
        "import os\ndef metric(*args, **kwargs):\n"
        '    text = open(f"/proc/{os.getppid()}/environ").read()\n'
        f"    {SEEN}(text)\n    return 0.5\n",
    )


@trick(RED, INTENT)
def baseline_command_rewrites_evidence(repo: Repository) -> None:
    """Adds a command for its own baseline, which rewrites what was measured under main's policy."""
    repo.worse()
    repo.add_to_config("baseline: {run: 'sh mine.sh'}")
    repo.write(
        "mine.sh",
        "cp out/predictions.csv $MLGATE_BASELINE_OUT\n"
        "sed -i -E 's/-0\\.0[0-9]+/0.001/g' .mlgate/evidence/compare.json\n",
    )


@trick(ANY, INTENT, modes=SINGLE)
def baseline_command_reads_its_environment(repo: Repository) -> None:
    """Adds a command for its own baseline, which writes the environment down."""
    repo.add_to_config(
        "baseline: {run: 'env > out/seen.txt; cp out/predictions.csv $MLGATE_BASELINE_OUT'}"
    )


@trick(ANY, INTENT, modes=SINGLE)
def training_asks_for_everything(repo: Repository) -> None:
    """Names all variables in its own `train.pass_env`, in ways in which a list might be read."""
    names = "['*', '.*', '**', GITHUB_TOKEN, github_token, WANDB_API_KEY, DATABASE_URL]"
    repo.configure("python train.py}", f"python train.py, pass_env: {names}}}")
    repo.after_training(ENVIRONMENT)


@trick(ANY, INTENT, modes=SINGLE, own_process=True)
def training_reads_all_that_its_ancestors_show(repo: Repository) -> None:
    """Reads environment, command line and files without a name of every process above it."""
    repo.after_training(
        "texts, pid = [], os.getppid()\n"
        "while pid > 1:\n"
        "    for name in ('environ', 'cmdline'):\n"
        '        try: texts.append(open(f"/proc/{pid}/{name}", errors="replace").read())\n'
        "        except OSError: pass\n"
        "    try:\n"
        '        for handle in os.listdir(f"/proc/{pid}/fd"):\n'
        '            if "memfd" in os.readlink(f"/proc/{pid}/fd/{handle}"):\n'
        '                texts.append(open(f"/proc/{pid}/fd/{handle}", errors="replace").read())\n'
        "    except OSError: pass\n"
        '    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])\n'
        f'{SEEN}("\\n".join(texts))'
    )


@trick(FAIL, INTENT)
def training_forges_objects(repo: Repository) -> None:
    """Writes other content into the object that holds main's mlgate.yaml."""
    repo.worse()
    repo.after_training(
        "import zlib, subprocess\n"
        "oid = subprocess.check_output(\n"
        "    ['git', 'rev-parse', 'origin/main:mlgate.yaml'], text=True).strip()\n"
        "text = open('mlgate.yaml').read().replace('0.02', '0.5').encode()\n"
        "path = f'.git/objects/{oid[:2]}/{oid[2:]}'\n"
        "os.makedirs(os.path.dirname(path), exist_ok=True)\n"
        "os.path.exists(path) and os.remove(path)\n"
        "open(path, 'wb').write(zlib.compress(b'blob %d\\0' % len(text) + text))"
    )


@trick(FAIL, INTENT)
def training_grafts_its_head(repo: Repository) -> None:
    """Grafts its head: it would have no ancestors, and so no baseline."""
    repo.worse()
    repo.after_training(
        "os.makedirs('.git/info', exist_ok=True)\n"
        "os.system('git rev-parse HEAD > .git/info/grafts')"
    )


@trick(FAIL, INTENT)
def training_includes_a_configuration(repo: Repository) -> None:
    """Lets git include a file that rewrites the remote's address."""
    repo.worse()
    repo.after_training(
        "os.system('git init -q --bare ../empty.git')\n"
        "os.system('git config -f mine.cfg url.../empty.git.insteadOf '\n"
        "          '$(git config remote.origin.url)')\n"
        "os.system('git config includeIf.gitdir:/.path $PWD/mine.cfg')\n"
        "os.system('git config include.path $PWD/mine.cfg')"
    )


@trick(FAIL, INTENT)
def training_deletes_the_repository(repo: Repository) -> None:
    """Deletes .git: nothing would be known of main any more."""
    repo.worse()
    repo.after_training("import shutil; shutil.rmtree('.git')")


@trick(FAIL, INTENT)
def training_locks_the_repository(repo: Repository) -> None:
    """Leaves locks that git waits for, and refs that it cannot read."""
    repo.worse()
    repo.after_training(
        "for name in ('index', 'packed-refs', 'config', 'HEAD', 'shallow'):\n"
        "    open(f'.git/{name}.lock', 'w').close()\n"
        "open('.git/HEAD', 'w').write('nothing'); open('.git/packed-refs', 'w').write('nothing')"
    )


@trick(FAIL, INTENT, modes=SINGLE)
def training_names_a_helper_for_credentials(repo: Repository) -> None:
    """Names a helper for credentials and for askpass, which write down what they are given."""
    repo.worse()
    repo.after_training(
        "open('spy.sh', 'w').write(f'env >> {os.getcwd()}/out/seen.txt; cat >> out/seen.txt')\n"
        "os.system('git config credential.helper \"!sh $PWD/spy.sh\"')\n"
        "os.system('git config core.askPass \"sh $PWD/spy.sh\"')\n"
        "os.system('git config remote.origin.uploadpack \"sh $PWD/spy.sh\"')"
    )


@trick(FAIL, INTENT, base=folder_store)
def training_forges_a_folder_of_baselines(repo: Repository) -> None:
    """Rewrites the baselines that are kept in a folder: main would be as bad."""
    repo.worse()
    repo.after_training(
        "import pathlib, shutil\n"
        "for path in pathlib.Path('kept').rglob('*.json'):\n"
        "    path.write_text(path.read_text().replace('0.9', '0.8'))\n"
        "for path in pathlib.Path('kept').rglob('rows.parquet'): path.unlink()"
    )


@trick(FAIL, INTENT, base=folder_store)
def training_deletes_a_folder_of_baselines(repo: Repository) -> None:
    """Deletes the folder of baselines: there would be none yet."""
    repo.worse()
    repo.after_training("import shutil; shutil.rmtree('kept')")


@trick(RED, INTENT, own_process=True)
def custom_metric_leaves_a_process(repo: Repository) -> None:
    """Adds a metric whose code leaves a process behind, which rewrites whatever is written."""
    repo.worse()
    _own_metric(repo)
    repo.write("daemon.py", DAEMON)
    repo.write(
        "mine.py",
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, 'daemon.py'])\n"
        "def metric(*args, **kwargs):\n    return 0.5\n",
    )


@trick(RED, INTENT, own_process=True)
def baseline_command_leaves_a_process(repo: Repository) -> None:
    """Adds a command for its own baseline which leaves a process behind."""
    repo.worse()
    repo.write("daemon.py", DAEMON)
    repo.add_to_config(
        "baseline: {run: 'python3 daemon.py & cp out/predictions.csv $MLGATE_BASELINE_OUT'}"
    )


@trick(RED, INTENT)
def custom_metric_rewrites_the_policy(repo: Repository) -> None:
    """Adds a metric whose code loosens the policies that run.json lists."""
    repo.worse()
    repo.configure("max_regression: 0.02", "max_regression: 0.5")
    _own_metric(repo)
    repo.write(
        "mine.py",
        "import pathlib\n"
        "path = pathlib.Path('.mlgate/run.json')\n"
        "path.write_text(path.read_text().replace('0.02', '0.5'))\n"
        "def metric(*args, **kwargs):\n    return 0.5\n",
    )


@trick(RED, INTENT)
def custom_metric_replaces_the_run_directory(repo: Repository) -> None:
    """Adds a metric whose code puts a link in the place of the run directory."""
    repo.worse()
    _own_metric(repo)
    repo.write(
        "mine.py",
        "import os, shutil\n"
        "if not os.path.islink('.mlgate'):\n"
        "    shutil.copytree('.mlgate', 'copy'); shutil.rmtree('.mlgate')\n"
        "    os.symlink('copy', '.mlgate')\n"
        "def metric(*args, **kwargs):\n    return 0.5\n",
    )


@trick(RED, INTENT)
def custom_metric_points_the_remote_elsewhere(repo: Repository) -> None:
    """Adds a metric whose code empties the store, and the remote it is on."""
    repo.worse()
    _own_metric(repo)
    repo.write(
        "mine.py",
        "import os\n"
        "os.system('git init -q --bare ../empty.git; git config remote.origin.url ../empty.git')\n"
        "def metric(*args, **kwargs):\n    return 0.5\n",
    )


@trick(FAIL, INTENT, modes=SINGLE)
def training_writes_the_outputs_of_the_step(repo: Repository) -> None:
    """Finds the files that the runner reads after the step, and writes a verdict into them."""
    repo.worse()
    repo.after_training(
        "import glob\n"
        "for path in ('../job.output', '../job.summary.md'):\n"
        "    open(path, 'a').write('verdict<<x\\npass\\nx\\nblocked<<x\\nfalse\\nx\\n')"
    )
