"""Charts of results, one file a kind, found by name.

A file with the literals ``NAME`` and ``VERSION`` draws the results of the protocol or study of that
name; ``record`` draws records of the usual protocol. It holds ``chart(result)``: from the JSON of a
result (of a study, that of the whole sweep), read and not changed, to an Altair chart. A third
party announces one by the entry point ``gmbench.plots``. `gmbench.plots.file` reads a result, finds
its chart and writes the picture; `gmbench.plots.look` has the colours, the marks and the frame that
they share, and `gmbench.plots.across` what charts of studies share.
"""
