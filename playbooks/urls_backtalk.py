"""Addresses of what chapters say back, and of what waits for the central team."""

from django.urls import path

from playbooks.views import backtalk, proposing, todos

PLAYBOOK = "c/<slug:slug>/playbooks/<slug:playbook>"

urlpatterns = [
    # before the addresses of playbooks: playbooks.teaching.RESERVED keeps "propose" free
    path("c/<slug:slug>/playbooks/propose/", proposing.entry_propose, name="entry_propose"),
    path(
        "c/<slug:slug>/playbooks/propose/<uuid:uid>/withdraw/",
        proposing.entry_withdraw,
        name="entry_withdraw",
    ),
    path(f"{PLAYBOOK}/vote/", backtalk.playbook_vote, name="playbook_vote"),
    path(f"{PLAYBOOK}/notes/", backtalk.playbook_notes, name="playbook_notes"),
    path(f"{PLAYBOOK}/notes/new/", backtalk.note_new, name="note_new"),
    path(f"{PLAYBOOK}/notes/<uuid:uid>/withdraw/", backtalk.note_withdraw, name="note_withdraw"),
    path(f"{PLAYBOOK}/comments/", backtalk.playbook_comments, name="playbook_comments"),
    path(f"{PLAYBOOK}/comments/<uuid:uid>/remove/", backtalk.comment_remove, name="comment_remove"),
    path(f"{PLAYBOOK}/suggest/", proposing.edit_suggest, name="edit_suggest"),
    path(f"{PLAYBOOK}/suggest/<uuid:uid>/", proposing.edit_detail, name="edit_detail"),
    path(f"{PLAYBOOK}/suggest/<uuid:uid>/withdraw/", proposing.edit_withdraw, name="edit_withdraw"),
    path("central/todos/", todos.todo_list, name="todo_list"),
    path("central/todos/votes/<int:pk>/", todos.todo_vote, name="todo_vote"),
    path("central/todos/notes/<uuid:uid>/", todos.todo_note, name="todo_note"),
    path("central/todos/notes/<uuid:uid>/hide/", todos.note_hide, name="note_hide"),
    path("central/todos/notes/<uuid:uid>/show/", todos.note_show, name="note_show"),
    path("central/todos/comments/<uuid:uid>/", todos.todo_comment, name="todo_comment"),
    path("central/todos/comments/<uuid:uid>/hide/", todos.comment_hide, name="comment_hide"),
    path("central/todos/comments/<uuid:uid>/show/", todos.comment_show, name="comment_show"),
    path("central/todos/edits/<uuid:uid>/", todos.todo_edit, name="todo_edit"),
    path("central/todos/entries/<uuid:uid>/", todos.todo_entry, name="todo_entry"),
]
