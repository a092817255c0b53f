"""The practice network: a small platform server for demo, training and tests. Imports nothing of the hub.

`log` is the truth and `state` is built from it by replay; `network` is the only way to change either.
`accounts`, `posts` and `media` hold the verbs, `limits` and `faults` the rules. What callers see lies on top:
`api` behind its `gate`, `admin_api`, `oauth`, and for people `pages`, `switches` and `connect`. Another
platform's way of speaking would be one more module beside `api`, mounted in `app`, that uses the same verbs.
"""
