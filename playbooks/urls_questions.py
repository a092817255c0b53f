"""Addresses of questions: chapters ask and answer, the central team sees what waits."""

from django.urls import path

from playbooks.views import answering, questions

ONE = "c/<slug:slug>/questions/<uuid:uid>/"
HELP = "central/questions/<uuid:uid>/"

urlpatterns = [
    path("c/<slug:slug>/questions/", questions.question_list, name="question_list"),
    path("c/<slug:slug>/questions/ask/", questions.question_ask, name="question_ask"),
    path("c/<slug:slug>/questions/similar/", questions.question_similar, name="question_similar"),
    path(ONE, questions.question_detail, name="question_detail"),
    path(f"{ONE}edit/", questions.question_edit, name="question_edit"),
    path(f"{ONE}answer/", questions.question_answer, name="question_answer"),
    path(f"{ONE}accept/<int:answer>/", questions.question_accept, name="question_accept"),
    path(f"{ONE}close/", questions.question_close, name="question_close"),
    path(f"{ONE}open/", questions.question_open, name="question_open"),
    path(f"{ONE}helpful/<int:answer>/", questions.answer_helpful, name="answer_helpful"),
    path(f"{ONE}take-back/<int:answer>/", questions.answer_take_back, name="answer_take_back"),
    path("central/questions/", answering.questions_waiting, name="questions_waiting"),
    path("central/questions/promise/", answering.questions_promise, name="questions_promise"),
    path(HELP, answering.question_help, name="question_help"),
    path(f"{HELP}answer/", answering.question_help_answer, name="question_help_answer"),
    path(f"{HELP}hide/<int:answer>/", answering.answer_hide, name="answer_hide"),
    path(f"{HELP}take/", answering.question_take, name="question_take"),
    path(f"{HELP}assign/", answering.question_assign, name="question_assign"),
    path(f"{HELP}entry/", answering.question_make_entry, name="question_make_entry"),
]
