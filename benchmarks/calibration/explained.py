"""Why a target is missed, where one is: words for the page, found by table, line and column."""

from __future__ import annotations

import re

UNEXPLAINED = "Not explained yet."
_WIDER = (
    "Power only: such gates stay undecided more often than planned, and are not wrong more often."
)
_NOISIER = (
    "The margin is planned with the noise of two equal models. A candidate that is truly worse "
    "differs in more rows, or by larger losses, so that its change is noisier: losses of half the "
    "margin are blocked, and of twice the margin let through undecided, more often."
)
EXPLAINED: tuple[tuple[str, str, str, str], ...] = (
    (
        "accuracy|margin|relative",
        "",
        "passes no change",
        (
            "Few rows differ, and score intervals of so few are wider than the normal law by which "
            f"margins are planned. {_WIDER}"
        ),
    ),
    (
        "labels",
        "",
        "passes no change",
        (
            "Score intervals of each class's rows, and the z² supposed errors of the delta method, are "
            "wider than the normal law by which margins are planned, the more the fewer rows a class "
            "has (20 or 100 of 1,000 where it is rare). "
            f"{_WIDER}"
        ),
    ),
    (
        "groups",
        "",
        "passes no change",
        (
            "Student's t with the degrees of freedom that clusters or weights leave (19 for 20 clusters), and "
            "bounds that allow for a unit farther out than the farthest one seen, "
            f"are wider than the normal law by which margins are planned. {_WIDER}"
        ),
    ),
    (
        "auc",
        "",
        "passes no change",
        (
            "Wilson's limits for as many trials as the variance is worth, and what few moved rows could "
            "hide, are wider than the normal law by which margins are planned, the nearer the area is to "
            f"1 and the fewer rows the rarer class has. {_WIDER}"
        ),
    ),
    (
        "further|apart",
        "",
        "passes no change",
        (
            "Wilson's limits for as many trials as the variance is worth, and score intervals for what a row "
            f"could have been, are wider than the normal law by which margins are planned. {_WIDER}"
        ),
    ),
    (
        "means",
        "",
        "passes no change",
        (
            "Bounds allow for rows that the sample does not hold, which makes them wider than the normal "
            f"law by which margins are planned, by 1 to 16 % of their width. {_WIDER}"
        ),
    ),
    (
        "quantiles|attempts|retrieval",
        "",
        "passes no change",
        (
            "Bounds allow for one more cluster, task or query than the sample holds, which makes them wider than the "
            f"normal law by which margins are planned, the more the fewer there are. {_WIDER}"
        ),
    ),
    (
        "steps",
        "equal",
        "passes",
        (
            "With dozens of levels one is always within the noise of the limit, and counts as lost. "
            f"{_WIDER}"
        ),
    ),
    ("", "", "blocks", _NOISIER),
    (
        "means",
        " 200$",
        "passes a loss",
        (
            "Losses with a long tail: most samples of 200 rows hold too few of the large ones, and "
            "Student's t on what is there is too sure. From 1,000 rows on the target is met. Bounds "
            "that allow for what was not seen would need to know the tail; resampling does not see it "
            "either."
        ),
    ),
    (
        "errors",
        "flight",
        "passes a loss",
        (
            "300 samples that are unlike others: 2,400 more pass .051 (.057 by percentiles alone), all together "
            ".056. What the candidate loses lies in rare, huge errors, which samples hold more or less of."
        ),
    ),
    (
        "errors",
        "",
        "passes no change",
        (
            "Where few rows carry the change, Student's and the score interval are wider than the noise by "
            f"which margins are planned. {_WIDER}"
        ),
    ),
    (
        "values",
        "index 2",
        "",
        (
            "A tail beyond the 99th percentile of index below 3: the mean of squares hardly exists, what "
            "carries it is in few samples of any size, and no bound that is of use allows for it. Many "
            "such samples leave gates undecided (“refused”). Limit the MAE with such errors, which holds."
        ),
    ),
    (
        "values",
        "mae|log_loss",
        "",
        (
            "Losses with a long tail on one side: the mean of most samples lies below the truth, and "
            "Student's t is symmetric; what that errs by shrinks as 1/√n. Changes, where both models share "
            "the hard rows, err by less."
        ),
    ),
    (
        "values",
        "average_precision",
        "",
        (
            "A normal law on the logit scale, with 100 positive rows: a little too sure of the lower "
            "bound. From 1,000 rows on the target is met."
        ),
    ),
    (
        "rules",
        "creep-first-pass-anchor",
        "",
        (
            "The worst of 200 series, in steps of .3: one pull request more got through than in the "
            "simulation that the target comes from. The rule holds what it says: past the 1.5 points "
            "each further loss passes in at most 5 % of cases, and the mean over series of 100 pull "
            "requests is two lines below."
        ),
    ),
)
"""(patterns of the table's key, of the line's name, of the column; words); the first that fits."""


def explain(table: str, line: str, column: str) -> str:
    """Give the words for one miss."""
    for where, lines, columns, words in EXPLAINED:
        if re.search(where, table) and re.search(lines, line) and re.search(columns, column):
            return words
    return UNEXPLAINED
