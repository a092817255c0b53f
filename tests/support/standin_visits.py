"""A browser at the consent pages of stand-ins whose scopes have dots and colons in their names."""

from __future__ import annotations

import re

from tests.support import standins


class Visitor(standins.Visitor):
    def send(self, *, untick=(), **fields):
        """Send the page's form with what is ticked there, but for `untick`."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page.text)
        ticked = re.findall(r'<input type="checkbox" name="([^"]+)" value="yes" checked>', self.page.text)
        form = {name: value.replace("&amp;", "&") for name, value in hidden}
        form |= {name: "yes" for name in ticked if name not in untick}
        return self.session.post(
            self.address,
            data=form | fields,
            headers={"Origin": self.server.url},
            allow_redirects=False,
            timeout=10,
        )
