"""What is posted: found by markers that anybody can write, made of texts that anybody can choose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cmarkgfm
from cmarkgfm.cmark import Options
from tests.redteam.played_github import BOT, PlayedGitHub
from tests.redteam.trick import ACCIDENT, FAIL, GREEN, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from tests.redteam.outcome import Outcome
    from tests.redteam.repository import Repository

FORGED = '<!-- mlgate:comment key="toy" run="999999999999999" attempt="1" -->\nAll is well.'
EVIL = "@octo/team <!-- mlgate:comment --> [x](https://evil.invalid) | </details> <script>"


def _blocked_is_shown(outcome: Outcome) -> str | None:
    shown = [comment for comment in outcome.comments if "blocked" in comment]
    if outcome.status != "failure":
        return f"the status is {outcome.status}"
    return None if shown else "no comment says that it is blocked"


def _mentions_nobody(outcome: Outcome) -> str | None:
    for comment in outcome.comments:
        html = cmarkgfm.github_flavored_markdown_to_html(comment, Options.CMARK_OPT_UNSAFE)
        html = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
        found = [text for text in ("@octo/team", 'href="https://evil', "<script") if text in html]
        if found:
            return f"a comment holds {found}"
    return None


@trick(FAIL, INTENT, posts=_blocked_is_shown)
def posted_as_a_rule(repo: Repository) -> None:
    """Makes the model worse: comment and status say so."""
    repo.worse()


def _by_the_bot(github: PlayedGitHub) -> None:
    github.comment(FORGED, BOT)


@trick(
    FAIL,
    INTENT,
    github=_by_the_bot,
    posts=_blocked_is_shown,
)
def forged_marker_of_the_bot(repo: Repository) -> None:
    """Had the bot post a comment with a marker of a run that is far ahead (an echo workflow)."""
    repo.worse()


def _by_somebody(github: PlayedGitHub) -> None:
    github.comment(FORGED, "mallory")


@trick(FAIL, INTENT, github=_by_somebody, posts=_blocked_is_shown)
def forged_marker_of_somebody(repo: Repository) -> None:
    """Posts a comment with the marker of a run that is far ahead."""
    repo.worse()


@trick(GREEN, INTENT, posts=_mentions_nobody)
def hostile_level_of_a_slice(repo: Repository) -> None:
    """Has values in a column of slices that mention, link and close tables."""
    repo.configure("gates:\n", "slices: {by: [part]}\ngates:\n")
    repo.edit_rows(
        f'columns.append("part")\nfor n, row in enumerate(rows): row.append({EVIL!r} if n % 2 else "b")'
    )


@trick(RED, INTENT, posts=_mentions_nobody)
def hostile_label(repo: Repository) -> None:
    """Has a label that mentions, links and closes tables."""
    repo.worse()
    repo.edit_rows(f"for row in rows[:50]: row[1] = row[2] = {EVIL!r}")


@trick(RED, INTENT, posts=_mentions_nobody)
def hostile_output_of_the_training(repo: Repository) -> None:
    """Prints what would close the log's fence, mention and link, and fails."""
    repo.after_training(f"print('```\\n' + {EVIL!r}); raise SystemExit(1)")


@trick(RED, INTENT, posts=_mentions_nobody)
def hostile_configuration(repo: Repository) -> None:
    """Has title, waiver and name of a file that mention and link."""
    repo.worse()
    repo.configure("{plots: none}", f"{{plots: none, title: {EVIL!r}}}")
    repo.add_to_config(f"waivers: [{{gate: accuracy, reason: {EVIL!r}, until: 2099-01-01}}]")


@trick(FAIL, INTENT, modes=(Mode.SINGLE,))
def outputs_of_the_step(repo: Repository) -> None:
    """Writes outputs of the step, whose file it looks for beside the clone."""
    repo.worse()
    repo.after_training(
        'import glob\nfor path in glob.glob("../*.output"): open(path, "a").write("verdict=pass\\n")'
    )


def _not_held_up(outcome: Outcome) -> str | None:
    return _blocked_is_shown(outcome) or (
        "the forged text still stands"
        if any("All is well" in c for c in outcome.comments)
        else None
    )


def _twice_by_the_bot(github: PlayedGitHub) -> None:
    github.comment(FORGED, BOT)
    github.comment(FORGED.replace("999999999999999", "999999999999998"), BOT)


@trick(FAIL, INTENT, github=_twice_by_the_bot, posts=_not_held_up)
def two_forged_markers_of_the_bot(repo: Repository) -> None:
    """Had the bot post two comments with markers of runs that are far ahead."""
    repo.worse()


def _of_another_change(github: PlayedGitHub) -> None:
    github.run(990, head="c" * 40, branch="another")
    github.comment(FORGED.replace("999999999999999", "990"), BOT)


@trick(FAIL, INTENT, github=_of_another_change, posts=_not_held_up)
def marker_of_a_run_of_another_change(repo: Repository) -> None:
    """Had the bot post a marker of a newer run that exists, and is of another pull request."""
    repo.worse()


def _of_an_attempt_to_come(github: PlayedGitHub) -> None:
    github.comment(FORGED.replace('999999999999999" attempt="1', '900" attempt="999999999'), BOT)


@trick(FAIL, INTENT, github=_of_an_attempt_to_come, posts=_not_held_up)
def marker_of_an_attempt_to_come(repo: Repository) -> None:
    """Had the bot post a marker of this very run, with an attempt that is far ahead."""
    repo.worse()


def _with_a_past(github: PlayedGitHub) -> None:
    past = " ".join(f"{run}.1=pass" for run in range(1, 40))
    github.comment(
        f"{FORGED.partition(chr(10))[0]}\n<!-- mlgate:past {past} -->\nAll is well.", BOT
    )


def _no_past(outcome: Outcome) -> str | None:
    return _not_held_up(outcome) or (
        "invented attempts are shown" if any("attempt 40" in c for c in outcome.comments) else None
    )


@trick(FAIL, INTENT, github=_with_a_past, posts=_no_past)
def forged_past_behind_a_forged_marker(repo: Repository) -> None:
    """Had the bot post such a marker with the outcomes of runs that never were."""
    repo.worse()


def _check_run_of_a_run_to_come(github: PlayedGitHub) -> None:
    github.check_run("mlgate: toy", "mlgate run=999999999999999 attempt=1 comment=1", "success")


def _check_run_is_ours(outcome: Outcome) -> str | None:
    if outcome.status != "failure":
        return f"the status is {outcome.status}"
    return None


@trick(FAIL, INTENT, github=_check_run_of_a_run_to_come, posts=_check_run_is_ours)
def check_run_of_a_run_to_come(repo: Repository) -> None:
    """Made a check run of our name that says that it is of a run far ahead."""
    repo.worse()


def _newer_run_is_red(github: PlayedGitHub) -> None:
    """Have a run of the same head that began later, and has posted already."""
    github.run(990, head=github.head, branch="feature")
    github.comment(FORGED.replace("999999999999999", "990").replace("All is well", "blocked"), BOT)
    github.post_status("mlgate/toy", "failure")


@trick(
    GREEN,
    ACCIDENT,
    modes=(Mode.SINGLE, Mode.TWO_JOBS),
    github=_newer_run_is_red,
    posts=_blocked_is_shown,
)
def two_runs_of_one_head_at_once(repo: Repository) -> None:
    """Is judged by two runs at once: this one is green and ends last, and what the newer one posted, which is red, stays."""
    repo.write("notes.txt", "harmless\n")
