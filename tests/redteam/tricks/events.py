"""What started the job: an edited title, another base, the same run once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.redteam.trick import ACCIDENT, INTENT, RED, Mode, trick

if TYPE_CHECKING:
    from tests.redteam.outcome import Outcome
    from tests.redteam.played_github import PlayedGitHub
    from tests.redteam.repository import Repository

SINGLE = (Mode.SINGLE,)
FORK = (Mode.FORK,)
LOOSE = ("max_regression: 0.02", "max_regression: 0.5")
TITLE = {"action": "edited", "changes": {"title": {"from": "Before"}}}
BASE = {"action": "edited", "changes": {"base": {"ref": {"from": "loose"}}}}


def _green(github: PlayedGitHub) -> None:
    github.earlier_run(1, github.head)


def _red(github: PlayedGitHub) -> None:
    github.earlier_run(1, github.head)
    github.earlier_run(2, github.head, conclusion="failure")


@trick(RED, ACCIDENT, modes=SINGLE, event=TITLE, github=_red)
def title_edited_after_a_red_run(repo: Repository) -> None:
    """Edits the title, when the last run was red."""
    repo.write("notes.txt", "nothing else\n")


def _green_then_retargeted(github: PlayedGitHub) -> None:
    _green(github)
    github.retarget("main")


@trick(RED, ACCIDENT, modes=SINGLE, event=TITLE, github=_green_then_retargeted)
def title_edited_after_a_green_run_for_another_base(repo: Repository) -> None:
    """Edits the title, when the only green run was for another base."""
    repo.worse()


def _green_as_a_draft(github: PlayedGitHub) -> None:
    _green(github)
    github.ready()


@trick(RED, INTENT, event={**TITLE, "draft": False}, github=_green_as_a_draft)
def title_edited_after_a_green_run_of_a_draft(repo: Repository) -> None:
    """Was a draft, which main does not judge; deletes the red run that followed, and edits the title."""
    with repo.on_main():
        repo.add_to_config("when: {drafts: false}")
    repo.worse()


def _green_of_another_pull(github: PlayedGitHub) -> None:
    _green(github)
    github.second_pull("loose")


@trick(RED, INTENT, modes=SINGLE, event=TITLE, github=_green_of_another_pull)
def title_edited_after_a_green_run_of_another_pull_request(repo: Repository) -> None:
    """Opens a second pull request from the same branch for another base, closes it, edits the title."""
    repo.worse()


def _green_and_one_under_way(github: PlayedGitHub) -> None:
    _green(github)
    github.earlier_run(2, github.head, status="in_progress", conclusion=None)


@trick(RED, ACCIDENT, modes=SINGLE, event=TITLE, github=_green_and_one_under_way)
def title_edited_while_a_run_is_under_way(repo: Repository) -> None:
    """Edits the title before the newest run has ended."""
    repo.worse()


def _green_and_one_cancelled(github: PlayedGitHub) -> None:
    _green(github)
    github.earlier_run(2, github.head, conclusion="cancelled")


@trick(RED, INTENT, modes=SINGLE, event=TITLE, github=_green_and_one_cancelled)
def title_edited_after_the_last_run_was_cancelled(repo: Repository) -> None:
    """Cancels the run that would be red, and edits the title."""
    repo.worse()


def _green_of_others(github: PlayedGitHub) -> None:
    github.earlier_run(1, github.head, path=".github/workflows/mine.yml")
    github.earlier_run(2, github.head, event="push")
    github.earlier_run(3, "f" * 40)
    github.earlier_run(4, github.head, head_branch="mine")
    github.earlier_run(5, github.head, head_repository="mallory/model")


@trick(RED, INTENT, modes=SINGLE, event=TITLE, github=_green_of_others)
def title_edited_after_green_runs_of_others(repo: Repository) -> None:
    """Edits the title, when only other workflows, events, heads and branches were green."""
    repo.worse()


@trick(RED, ACCIDENT, modes=SINGLE, event=BASE, github=_green)
def base_edited_after_a_green_run(repo: Repository) -> None:
    """Changes the base after a green run."""
    repo.worse()


@trick(RED, ACCIDENT, modes=SINGLE, event={"action": "edited"}, github=_green)
def edited_without_saying_what(repo: Repository) -> None:
    """Is edited in a way that the event does not name."""
    repo.worse()


@trick(
    RED,
    INTENT,
    modes=SINGLE,
    target="loose",
    attempt=2,
    github=lambda github: github.retarget("main"),
)
def old_run_started_again_after_the_base_changed(repo: Repository) -> None:
    """Starts the run for a branch with a policy of its own again, once the base is main."""
    with repo.on_main():
        repo.add_to_config("policy: {branches: [loose]}")
    with repo.on("loose"):
        repo.configure(*LOOSE)
    repo.git("checkout", "--quiet", "-B", "feature", "loose")
    repo.worse()


@trick(RED, INTENT, modes=SINGLE, attempt=2, event={"draft": True})
def draft_run_started_again_once_it_is_ready(repo: Repository) -> None:
    """Starts the run of a draft, which needed no judgement, again when it is none any more."""
    with repo.on_main():
        repo.add_to_config("when: {drafts: false}")
    repo.worse()


def _draft(github: PlayedGitHub) -> None:
    github.draft()
    github.another_pull("main")


def _is_pending(outcome: Outcome) -> str | None:
    return None if outcome.status == "pending" else f"the status is {outcome.status}"


@trick(RED, INTENT, modes=FORK, event={"draft": True}, github=_draft, posts=_is_pending)
def commit_of_a_red_pull_request_in_a_draft(repo: Repository) -> None:
    """Opens a draft, which main does not judge, of the commit of a pull request that is red: a status is the commit's."""
    with repo.on_main():
        repo.add_to_config("when: {drafts: false}")
    repo.worse()


def _also_into_main(github: PlayedGitHub) -> None:
    github.another_pull("main")


def _names_the_other(outcome: Outcome) -> str | None:
    return None if outcome.status == "error" else f"the status is {outcome.status}"


@trick(RED, INTENT, modes=FORK, target="release/1", github=_also_into_main, posts=_names_the_other)
def commit_of_a_red_pull_request_into_another_branch(repo: Repository) -> None:
    """Opens a pull request into a branch that allows more, of the commit of one into main that is red."""
    with repo.on_main():
        repo.add_to_config("policy: {branches: ['release/*']}")
    with repo.on("release/1"):
        repo.configure(*LOOSE)
    repo.git("checkout", "--quiet", "-B", "feature", "release/1")
    repo.worse()
