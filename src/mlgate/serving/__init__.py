"""A model behind HTTP: the embedded server, a client for any server of its protocol, load, targets.

The protocol is the Open Inference Protocol, version 2, over REST
(https://github.com/kserve/open-inference-protocol), which KServe, Seldon, MLServer and Triton speak.
"""
