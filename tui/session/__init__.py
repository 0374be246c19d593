"""A conversation talking to one provider.

`session` says what to ask, `turn` follows one request to its end, `answer_builder` gathers the answer, `recorder` is
where it is saved, `context_window` tells how full the model's context is.
"""
