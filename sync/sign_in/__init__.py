"""Signing in: to practice by a secret, to an authority by the worker's own account at its identity provider.

`practice` is for the practice ICS alone. `oidc` is the work account (OpenID Connect, code with PKCE),
`provider` what is asked of the identity provider over HTTPS, `loopback` the one redirect that comes back from
the browser.
"""

from sync.sign_in.practice import PracticeSignIn

__all__ = ["PracticeSignIn"]
