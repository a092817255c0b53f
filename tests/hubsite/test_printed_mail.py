"""Mail of a hub on one's own machine, as a newcomer reads it in the terminal."""

from django.core.mail import EmailMultiAlternatives, get_connection

from hubsite.printed_mail import PrintedMail


def send(folder, subject, body):
    connection = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(folder))
    mail = EmailMultiAlternatives(subject, body, "hub@localhost", ["ada@example.org"], connection=connection)
    mail.attach_alternative("<p>For the eyes of a mail program</p>", "text/html")
    mail.send()


def test_mail_is_printed_once_and_readable(tmp_path, capsys):
    printed = PrintedMail(tmp_path)
    send(tmp_path, "Grüße 🌻", "Your code is 123456.\nIt lasts 15 minutes.")
    for _ in range(3):
        printed.print_new()
    out = capsys.readouterr().out
    assert out.count("Mail to ada@example.org: Grüße 🌻") == 1
    assert "  | Your code is 123456.\n  | It lasts 15 minutes.\n" in out
    assert "<p>" not in out


def test_mail_of_an_earlier_run_stays_quiet(tmp_path, capsys):
    send(tmp_path, "Old", "Old")
    printed = PrintedMail(tmp_path)
    printed.print_new()
    printed.print_new()
    assert capsys.readouterr().out == ""


def test_long_mail_is_cut_with_a_word_on_where_the_rest_is(tmp_path, capsys):
    printed = PrintedMail(tmp_path)
    send(tmp_path, "Long", "\n".join(f"line {number}" for number in range(100)))
    printed.print_new()
    printed.print_new()
    out = capsys.readouterr().out
    assert "line 99" not in out
    assert f"the rest is in {next(tmp_path.iterdir())}" in out
