from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from playbooks.models.playbook import Playbook


class Practice(models.Model):
    """One measurable technique that playbooks teach, and that a post can be marked as using."""

    slug = models.SlugField(_("address part"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=80)
    sentence = models.CharField(_("in one sentence"), max_length=240)
    measure = models.CharField(_("how it is measured"), max_length=240)
    playbooks = models.ManyToManyField(
        Playbook, verbose_name=_("taught by"), through="TaughtPractice", related_name="practices"
    )
    change_number = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("practice")
        verbose_name_plural = _("practices")

    def __str__(self) -> str:
        return self.name


class TaughtPractice(models.Model):
    """That a playbook teaches a practice."""

    playbook = models.ForeignKey(Playbook, verbose_name=_("playbook"), on_delete=models.CASCADE)
    practice = models.ForeignKey(Practice, verbose_name=_("practice"), on_delete=models.CASCADE)

    class Meta:
        verbose_name = _("taught practice")
        verbose_name_plural = _("taught practices")
        constraints = [models.UniqueConstraint(fields=["playbook", "practice"], name="one_taught_practice")]

    def __str__(self) -> str:
        return f"{self.playbook} · {self.practice}"
