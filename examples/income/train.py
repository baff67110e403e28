"""Train a model that tells whether a person earns more than 50,000 dollars a year."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
SEED = 7
LABEL, POSITIVE = "income", ">50K"
NUMBERS = [
    "age",
    "education-num",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
]
CATEGORIES = [
    "workclass",
    "education",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "native-country",
]
FEATURES = [*NUMBERS, *CATEGORIES]


def read() -> pd.DataFrame:
    """Read all rows; an unknown answer (null) is a category of its own."""
    data = pd.read_parquet(HERE / "data" / "adult.parquet")
    data[CATEGORIES] = data[CATEGORIES].fillna("unknown").astype("category")
    return data


def is_test(ids: pd.Series) -> pd.Series:
    """Keep a quarter of the rows for the test, the same ones for ever, by a hash of the id."""
    return ids.map(lambda one: zlib.crc32(str(one).encode()) % 4 == 0)


def make_model() -> Pipeline:
    """Scale the numbers, give every category a column, and fit a logistic regression."""
    columns = make_column_transformer(
        (StandardScaler(), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1000, random_state=SEED))


def main() -> None:
    """Train, then write the model, its predictions of the test rows, both sets and the loss."""
    data = read()
    test = is_test(data["id"])
    train, test = data[~test], data[test]
    model = make_model().fit(train[FEATURES], train[LABEL])

    out = HERE / "out"
    out.mkdir(exist_ok=True)
    pd.DataFrame(
        {
            "id": test["id"],
            "income": test[LABEL],
            "predicted": model.predict(test[FEATURES]),
            "probability": model.predict_proba(test[FEATURES])[:, 1],
        }
    ).to_parquet(out / "predictions.parquet", index=False)
    fitted = model.predict_proba(train[FEATURES])[:, 1]
    metrics = {
        "train": {"rows": len(train), "log_loss": log_loss(train[LABEL] == POSITIVE, fitted)}
    }
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    train.to_parquet(out / "train.parquet", index=False)
    test.to_parquet(out / "test.parquet", index=False)
    joblib.dump(model, HERE / "model.joblib")
    print(f"trained on {len(train):,} rows, predicted {len(test):,}")


if __name__ == "__main__":
    main()
