"""The site: static pages made of the ranking, which ask nothing of any other host.

`build` writes it; `view` says what stands in a row of a table, `pages` which pages there are,
`bars` and `charts` draw, `shown` makes strangers' texts harmless, `files` copies what can be
downloaded, and `folder` puts the whole in the place of the old one.
"""
