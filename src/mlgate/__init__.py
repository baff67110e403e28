"""CI/CD for machine-learning models, with verdicts that can be trusted."""

__version__ = "0.1.0"
