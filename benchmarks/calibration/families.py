"""Every table of the page: its words, its targets, its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from benchmarks.calibration import (
    active,
    cases,
    developers,
    drifting,
    fair,
    hard,
    many,
    planned,
    relabelling,
    rollouts,
    rules,
    steps,
    targets,
    worst,
)

if TYPE_CHECKING:
    from benchmarks.calibration.judging import Case
    from benchmarks.calibration.series import Series
    from benchmarks.calibration.targets import Targets


class Words(NamedTuple):
    """What stands above a table."""

    title: str
    text: str


Columns = Literal["change", "value", "series"]


@dataclass(frozen=True)
class Family:
    """One table: its anchor on the page, its title, words before it, its jobs."""

    key: str
    title: str
    words: str
    targets: Targets
    columns: Columns
    jobs: tuple[Case | Series, ...]


def families() -> tuple[Family, ...]:
    """Give all tables, in the order of the page."""
    return (
        Family("accuracy", *_ACCURACY, targets.RATES, "change", tuple(cases.accuracy())),
        Family("margin", *_MARGIN, targets.RATES, "change", tuple(cases.margin())),
        Family("allowed", *_ALLOWED, targets.RATES, "change", tuple(cases.allowed())),
        Family("mcnemar", *_MCNEMAR, targets.NONE, "series", rules.mcnemar()),
        Family("apart", *_APART, targets.APART, "change", tuple(cases.apart())),
        Family("relative", *_RELATIVE, targets.APART, "change", tuple(cases.relative())),
        Family("auc", *_AUC, targets.RANKS, "change", tuple(cases.ranks())),
        Family("labels", *_LABELS, targets.LABELS, "change", tuple(cases.labels())),
        Family("means", *_MEANS, targets.MEANS, "change", tuple(cases.means())),
        Family("hard", *_HARD, targets.NONE, "series", hard.hard()),
        Family("worst", *_WORST, targets.NONE, "series", worst.worst()),
        Family("ece", *_ECE, targets.ECE, "change", tuple(cases.ece())),
        Family("errors", *_ERRORS, targets.RESAMPLED, "change", tuple(cases.errors())),
        Family("custom", *_CUSTOM, targets.RESAMPLED, "change", tuple(cases.custom())),
        Family("groups", *_GROUPS, targets.GROUPS, "change", tuple(cases.groups())),
        Family("ratios", *_RATIOS, targets.APART, "value", tuple(cases.ratios())),
        Family("wilson", *_WILSON, targets.WILSON, "value", tuple(cases.rates())),
        Family("values", *_VALUES, targets.VALUES, "value", tuple(cases.values())),
        Family("further", *_FURTHER, targets.RANKS, "change", tuple(cases.further())),
        Family("furthervalues", *_OWN, targets.VALUES, "value", tuple(cases.further_values())),
        Family("steps", *_STEPS, targets.NONE, "series", steps.steps()),
        Family("quantiles", *_QUANTILES, targets.RANKS, "change", tuple(cases.quantiles())),
        Family(
            "quantilevalues",
            *_QUANTILES_OWN,
            targets.VALUES,
            "value",
            tuple(cases.quantile_values()),
        ),
        Family("attempts", *_ATTEMPTS, targets.RANKS, "change", tuple(cases.attempts())),
        Family(
            "attemptvalues", *_ATTEMPTS_OWN, targets.VALUES, "value", tuple(cases.attempt_values())
        ),
        Family("retrieval", *_RETRIEVAL, targets.RANKS, "change", tuple(cases.retrieval())),
        Family(
            "retrievalvalues",
            *_RETRIEVAL_OWN,
            targets.VALUES,
            "value",
            tuple(cases.retrieval_values()),
        ),
        Family("judges", *_JUDGES, targets.JUDGES, "change", tuple(cases.judges())),
        Family("judgevalues", *_JUDGED, targets.VALUES, "value", tuple(cases.judge_values())),
        Family("many", *_MANY, targets.NONE, "series", many.many()),
        Family("drift", *_DRIFT, targets.NONE, "series", drifting.drift()),
        Family("levels", *_LEVEL_TESTS, targets.NONE, "series", drifting.levels()),
        Family("domain", *_DOMAIN, targets.NONE, "series", drifting.domain()),
        Family("concept", *_CONCEPT, targets.NONE, "series", drifting.concept()),
        Family("fairness", *_FAIRNESS, targets.NONE, "series", fair.fair()),
        Family("gaps", *_GAPS, targets.NONE, "series", fair.gates()),
        Family("groupsizes", *_SINGLE, targets.NONE, "series", fair.rates()),
        Family("rules", *_RULES, targets.NONE, "series", rules.rules()),
        Family("wear", *_WEAR, targets.NONE, "series", developers.wear()),
        Family("relabelled", *_RELABELLED, targets.NONE, "series", relabelling.relabelled()),
        Family("active", *_ACTIVE, targets.NONE, "series", active.active()),
        Family("planned", *_PLANNED, targets.NONE, "series", planned.planned()),
        Family("rollout", *_ROLLOUT, targets.NONE, "series", rollouts.rollout()),
        Family("rolloutlatency", *_LATENCY, targets.NONE, "series", rollouts.latency()),
        Family("rolloutpromotion", *_PROMOTION, targets.NONE, "series", rollouts.promotion()),
        Family("rolloutbursts", *_BURSTS, targets.NONE, "series", rollouts.bursts()),
        Family("numbered", *_NUMBERED, targets.NONE, "series", relabelling.numbered()),
    )


_ACCURACY = Words(
    "Accuracy, or any 0–1 metric, on the same rows: Tango's interval",
    "Accuracy .9; “differ” is the share of rows on which exactly one model is right.",
)
_MARGIN = Words(
    "Tango's interval and Wald's at a fixed margin",
    "The disagreement stays what it is when the candidate loses the margin; where both are "
    "equal, nothing is fixed and only rows broken. Wald's interval is what a z-test on the "
    "difference uses; it is here for comparison only.",
)
_ALLOWED = Words(
    "Losses within the allowance: how often few rows block them",
    "Accuracy .9, Tango's interval, a fixed margin. A gate blocks what is significantly worse and measured "
    "beyond the margin. Of so few rows that only a measured loss far beyond the margin is significant, "
    "luck blocks what is allowed; the remedy is the margin that the rows decide, which `mlgate init` writes.",
)
_MCNEMAR = Words(
    "Mid-p McNemar, shown beside a change of accuracy",
    "Exact probabilities of p ≤ .05 where no change is true (two-sided). The usual, exact "
    "McNemar test beside it for comparison.",
)
_APART = Words(
    "Samples without common rows: Newcombe for rates, both sides' own bounds for the rest",
    "Each side on n rows of its own; Newcombe's margin is as large as that of unpaired rows "
    "must be. Where both sides are in truth the same rows, these intervals are too wide.",
)
_RELATIVE = Words(
    "Margins in per cent of the baseline: the contrast candidate − factor × baseline",
    "Coverage is that of the contrast, whose interval decides; the losses are shares of the "
    "baseline's true value.",
)
_AUC = Words(
    "ROC AUC (DeLong) and average precision",
    "Binormal scores of both models, correlated .9 within a class. With fewer than 50 rows of "
    "a class the gate stays undecided (“refused”), whatever the interval; coverage is that of "
    "the interval all the same.",
)
_LABELS = Words(
    "F1, precision, recall, balanced accuracy and averages over classes",
    "The candidate predicts a fifth of the rows anew. Binary: balanced classes with both hit "
    "rates .85; 10 % positive, hit rates .97 and .6; 2 % positive, .99 and .6. Five classes: "
    "50, 25, 15, 7 and 3 %, hit rates .8.",
)
_MEANS = Words(
    "Log loss, Brier score, MAE: paired t",
    "Outcomes of probability σ(z), z normal with standard deviation 1.5; both models see z "
    "with noise. Overconfident: logits four times as large. MAE: labels and both models' own "
    "errors of the same law.",
)
_ECE = Words(
    "Expected calibration error: normal limit of the bins",
    "15 bins of equal width. Truth is the error of endless rows in the same bins.",
)
_ERRORS = Words(
    "RMSE and R²: percentiles of the Poisson bootstrap, no narrower than Student's and score",
    "Labels and both models' own errors of the same law. Student's t with 3 degrees of freedom "
    "has no fourth moment: the variance of its squared errors is infinite, and no method has "
    "a guarantee there. 50,000 rows: blocks are resampled in place of rows.",
)
_CUSTOM = Words(
    "Functions of the user's own: percentiles of the Poisson bootstrap",
    "Quantile: the 90 % quantile of the absolute error. Share of error: the sum of the absolute "
    "errors as a share of that of the labels.",
)
_GROUPS = Words(
    "Rows in clusters, weighted rows, several seeds, repeated splits",
    "“plain” is the usual method, which takes rows (seeds, splits) for independent; it is here "
    "for comparison only. Seeds: each with its rows. Splits: two nearest-centroid classifiers; "
    "the truth is known for “no change” only.",
)
_WILSON = Words(
    "One rate: Wilson's interval",
    "Exact probabilities, no simulation. “plain” is the percentile bootstrap.",
)
_RATIOS = Words(
    "Ratio of two rates of independent samples: MOVER-R of Wilson's limits",
    "n rows on each side. “plain” is the normal interval of the logarithm (Katz), which has none "
    "where a count is 0. Where the rate below is 0 there is no ratio (“refused”).",
)
_VALUES = Words(
    "One metric of one model: the bounds that `min` and `max` look at",
    "“too high” is also how often `min: L` passes a model whose true value is just below L, "
    "“too low” how often `max: L` passes one just above L.",
)
_FURTHER = Words(
    "Metrics of single fields: agreement, operating points, calibration, percentage errors, rankings",
    "Rows as above. Lognormal labels: predictions are off by a lognormal factor of standard deviation "
    ".3. Ten documents a query, of which one is relevant: n counts documents, of which 100 and 500 queries. "
    "Cost: 10 for a positive row that is missed, 1 for a false alarm.",
)
_STEPS = Words(
    "Operating points of scores with few levels",
    "Leaves of a tree, of unequal size; 30 % of the rows are positive, and each model scores a quarter of them anew. How often a "
    "candidate passes that misses a limit which main meets, by a margin of the level that it loses.",
)
_OWN = Words(
    "The same metrics of one model",
    "The bounds that `min` and `max` look at.",
)
_QUANTILES = Words(
    "Quantiles of a column (`metrics.rows`)",
    "Seconds, lognormal with a standard deviation of .8 on the log scale, correlated .8 between the models. A slow "
    "path takes ten times as long; time-outs thirty times, with a gap below them in which the quantile jumps: with "
    "4.5 % the loss is that of reaching 5 % of them.",
)
_QUANTILES_OWN = Words(
    "The same quantiles of one model", "The bounds that `min` and `max` look at."
)
_ATTEMPTS = Words(
    "pass@k and pass^k (`metrics.rows`)",
    "Ten attempts at each task, whose chance is Φ(2x), x normal, correlated .9 between the models; “nearly all solved”: "
    "Φ(4.5 + 2x) with a margin of .05. Clusters: correlation .3.",
)
_ATTEMPTS_OWN = Words("The same of one model", "The bounds that `min` and `max` look at.")
_RETRIEVAL = Words(
    "NDCG, MAP and MRR of unequal queries with ties",
    "One to about sixty documents a query, ten on average, each relevant with chance .2, of grade 1 to 3; scores in halves. What is "
    "lost are queries that the candidate ranks at random. Near 1 the margin is .05. n counts documents.",
)
_RETRIEVAL_OWN = Words("The same of one model", "The bounds that `min` and `max` look at.")
_JUDGES = Words(
    "Numbers of a judge, corrected by a human's of some rows: prediction-powered intervals",
    "2,000 answers with a judge's 0 or 1, n of them drawn at random with a human's; a fifth of the questions are "
    "answered well by one model only. A judge that favours a model calls 30 % of its bad answers good and 2 % of its "
    "good ones bad; otherwise 10 % and 10 %. “plain judge” compares the judge's own numbers, “plain humans” only rows with "
    "a human label, both by t. Losses in per cent are of the true quality. Clusters: rows alike in quality and in the judge's errors.",
)
_JUDGED = Words(
    "What humans would give, and how far the judge agrees with them",
    "One model's answers, as above.",
)
_MANY = Words(
    "Many tests at once",
    "First two-sided tests of normal statistics at .05; “correlated”: of any two statistics. Then "
    "the gates on slices, and the search for slices that got worse.",
)
_DRIFT = Words(
    "Drift: whole reports",
    "Columns by turns normal, lognormal, exponential, Student's t with 3 degrees of freedom, "
    "whole numbers, zeros in 60 %, and levels (2, 5, 20, 50), with 1 % of the numbers missing. "
    "“any p”: what a test of every column at .05 says; “listed”: significant after Benjamini and "
    "Hochberg with an effect above its floor; “gate”: `max_share: 0` fails (Holm), and for one "
    "column that it is certain.",
)
_LEVEL_TESTS = Words(
    "Drift of levels: the homogeneity test",
    "P(p ≤ .05) without drift, for levels that are equally frequent, and with frequencies that fall "
    "as 1/k.",
)
_DOMAIN = Words(
    "Drift of all columns at once: the domain classifier",
    "`drift.multivariate` on five normal columns.",
)
_HARD = Words(
    "Hard data: means that few rows carry, rankings near 1, averages over rare classes",
    "A true loss of exactly the margin, and how often it passes: by the bounds of `bounded` and `auc`, and "
    "by Student's t, DeLong's normal limits or the delta method on the same samples. In the last lines the models are equal, and passing is right.",
)
_WORST = Words(
    "Without the worst rows: a loss that all rows together leave undecided",
    "A true loss of exactly the margin, and how often what is left without the rows on which the candidate does worst is "
    "shown to lie beyond it; the same where one more row is 10⁹ off, which leaves all rows together "
    "undecided. In the last lines the margin is .3 of the true loss, and failing is right.",
)
_CONCEPT = Words(
    "Concept drift: a loss against a ceiling",
    "The e-process of `mlgate.stats.eprocess` at α = .05 on 0–1 losses.",
)
_FAIRNESS = Words(
    "Fairness: groups that are truly equal",
    "“point”: what is measured is beyond .1 (a ratio: below .8), the usual alarm; “bound”: the "
    "lower bound of the gap is above 0 (the upper one of the ratio below 1); “gate”: `max: 0.10` "
    "(`min: 0.80`) fails. Groups below 30 rows that count never enter a gap. 40 % of the labels are positive.",
)
_GAPS = Words(
    "Fairness: gates on the demographic parity difference",
    "The favoured group is the largest. In `max_regression` main's gap is .05 and both models "
    "predict alike on 90 % of the rows.",
)
_SINGLE = Words(
    "Fairness: the interval of one group's rate",
    "Exact coverage of Wilson's 95 % intervals: mean over rates from .05 to .95, least over all rates.",
)
_RULES = Words(
    "What becomes of pull requests under a rule",
    "Whole gates over many pull requests, each a new model.",
)
_WEAR = Words(
    "Wear: developers who choose models by what reports print",
    "No model is truly better than another, so what a developer gains is noise of the test set. The "
    "*greedy* one keeps every attempt that looks better and builds on it. The *combining* one tries "
    "random variations of one model and lets a vote of all answers, weighted by what was told, decide each "
    "row that is a toss-up (20 % of them); *at the threshold*, a known handicap puts each answer where it "
    "tells most. Margin .01; 5 % of the rows differ from try to try unless it says 2 %. First column: share "
    "of samples in which measured − true accuracy is within what the meter certifies, promised .999; "
    "then what was gained on average and at most, and the meter's ε (median), in points.",
)
_RELABELLED = Words(
    "Relabelled rows: this commit's labels alone, and the worse of both",
    "Shares of samples that `max_regression: .01` passes: 6,000 rows, 5 % differ, two classes. "
    "“Honest” corrections hit rows whatever the models say; the others were chosen.",
)
_ACTIVE = Words(
    "Labels for those rows only on which two models differ",
    "Shares of samples in which the gate of a run with `predictions.unlabelled` passes. Labels arrive "
    "in the order of label-next.csv, with a run after each bit, until all rows on which the models "
    "differ have one; the first look is planned for a power of .8.",
)
_PLANNED = Words(
    "Rows that `mlgate plan` names for clusters",
    "A run on rows in clusters, then as many rows as the plan names for a power of .8, in clusters alike: "
    "how often a change of nothing passes. Beside it, with the rows that follow from the variance of the "
    "clusters alone.",
)
_NUMBERED = Words(
    "Ids that are row numbers",
    "“False alarm”: the same rows with 5 % of their labels changed are called row numbers. "
    "“Missed”: rows drawn anew, or shifted by one from the middle on, are called the same. What "
    "is neither is doubtful or cannot be told. Predictions are right on four in five rows, else drawn.",
)
_ROLLOUT = Words(
    "Rollouts: failures over 1,000 looks",
    "Each look is 900 requests of the stable version and 100 of the canary; failures of 1 % or .2 %, which "
    "rise and fall by half of that over 288 looks in both. “Rolled back”: although the canary is no worse. "
    "“After”: the median of canary requests until a canary with so many times the failures is rolled back. "
    "The rules of other tools are written again from their documents and sources, with the parameters "
    "shown; all lines see the same streams.",
)
_LATENCY = Words(
    "Rollouts: latency over 1,000 looks",
    "The same requests; latency is lognormal (.5 on the log scale), its median rises and falls by 30 % over "
    "288 looks in both. False alarms on 300 streams, the rest on 75. “The usual” p99 is that of a whole day.",
)
_PROMOTION = Words(
    "Rollouts: promotion",
    "“At the margin”: the canary is as bad as the margin allows, over 1,000 looks. Then the median of canary "
    "requests until a canary that is equal to the stable version is promoted.",
)
_BURSTS = Words(
    "Rollouts: failures in bursts",
    "In 1 % of looks, each arm by itself has ten times its failures of 1 %. A baseline of the canary's own "
    "size makes the two exchangeable.",
)
