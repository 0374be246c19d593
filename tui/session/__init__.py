"""A conversation talking to one provider.

`session` says what to ask, `running_turn` asks and runs the tool calls in between, `turn` follows one request to its
end, `answer_builder` gathers the answer, `recorded_conversation` has the messages, `recorder` is where they are saved,
`context_window` tells how full the model's context is.
"""
