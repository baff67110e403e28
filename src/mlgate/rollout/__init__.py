"""What happens to a model after its pull request: pure decisions about deployment.

`gate` may this model be deployed?
"""
