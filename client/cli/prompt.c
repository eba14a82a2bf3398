/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct Prompt
{
	int tty;
	gboolean changed; /* .before is to be restored */
	struct termios before;
	guint source;
	gsize len;
	char line[PROMPT_MAX_OCTETS + 1];
	PromptDone done;
	gpointer user_data;
};

gboolean
prompt_possible (void)
{
	int tty = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (tty < 0)
		return FALSE;
	close (tty);
	return TRUE;
}

static void
say (const Prompt *prompt, const char *text)
{
	gsize left = strlen (text);

	while (left > 0)
	{
		gssize written = write (prompt->tty, text, left);

		if (written <= 0)
			return;
		text += written;
		left -= (gsize) written;
	}
}

static void
finish (Prompt *prompt, gboolean end_of_file)
{
	prompt->source = 0;
	if (prompt->changed)
		say (prompt, "\n");
	prompt->done (end_of_file ? NULL : prompt->line, prompt->user_data);
}

/* The terminal is in line mode: a read gives at most one line. */
static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
	Prompt *prompt = user_data;
	gssize got = read (fd, prompt->line + prompt->len, PROMPT_MAX_OCTETS - prompt->len);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return G_SOURCE_CONTINUE;
	if (got > 0)
		prompt->len += (gsize) got;
	prompt->line[prompt->len] = '\0';
	if (got > 0 && prompt->line[prompt->len - 1] == '\n')
		prompt->line[--prompt->len] = '\0';
	else if (got > 0 && prompt->len < PROMPT_MAX_OCTETS)
		return G_SOURCE_CONTINUE;
	finish (prompt, got <= 0 && prompt->len == 0);
	return G_SOURCE_REMOVE;
}

/* Only echo changes: line editing and Ctrl-C stay, and TCSAFLUSH forgets what was typed before the question. */
static void
hide_typing (Prompt *prompt)
{
	struct termios hidden;

	if (tcgetattr (prompt->tty, &prompt->before) != 0)
		return;
	hidden = prompt->before;
	hidden.c_lflag &= ~(tcflag_t) (ECHO | ECHONL);
	hidden.c_lflag |= ICANON | ISIG;
	prompt->changed = tcsetattr (prompt->tty, TCSAFLUSH, &hidden) == 0;
}

Prompt *
prompt_new (const char *label, gboolean show, PromptDone done, gpointer user_data, GError **error)
{
	Prompt *prompt = g_new0 (Prompt, 1);

	prompt->tty = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (prompt->tty < 0)
	{
		g_free (prompt);
		g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no terminal to ask on");
		return NULL;
	}
	prompt->done = done;
	prompt->user_data = user_data;
	if (!show)
		hide_typing (prompt);
	say (prompt, label);
	prompt->source = g_unix_fd_add (prompt->tty, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, prompt);
	return prompt;
}

void
prompt_free (Prompt *prompt)
{
	if (prompt == NULL)
		return;
	if (prompt->source != 0)
	{
		g_source_remove (prompt->source);
		say (prompt, "\n");
	}
	if (prompt->changed)
		tcsetattr (prompt->tty, TCSAFLUSH, &prompt->before);
	close (prompt->tty);
	secret_wipe (prompt, sizeof *prompt);
	g_free (prompt);
}

/* The octets of one line; FALSE when it is too long. */
static gboolean
read_line (int fd, char line[PROMPT_MAX_OCTETS + 1], gsize *ret_len)
{
	gsize len = 0;

	while (len <= PROMPT_MAX_OCTETS)
	{
		/* One octet at a time: what stands behind the first line of a pipe belongs to somebody else. */
		gssize got = read (fd, line + len, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || line[len] == '\n')
		{
			line[len] = '\0';
			*ret_len = len > 0 && line[len - 1] == '\r' ? len - 1 : len;
			return TRUE;
		}
		len++;
	}
	return FALSE;
}

gboolean
prompt_read_file (const char *path, Secret *ret_secret, GError **error)
{
	char line[PROMPT_MAX_OCTETS + 1];
	gsize len = 0;
	gboolean is_stdin = g_str_equal (path, "-");
	int fd = is_stdin ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat info = { 0 };
	gboolean good;

	if (fd < 0 || (fstat (fd, &info) == 0 && S_ISDIR (info.st_mode)))
	{
		int number = fd < 0 ? errno : EISDIR;

		g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "cannot read %s: %s", path,
		             g_strerror (number));
		if (fd >= 0)
			close (fd);
		return FALSE;
	}
	if (!is_stdin && S_ISREG (info.st_mode) && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		g_printerr ("Careful: %s can be read by others than its owner; chmod 600 it.\n", path);
	good = read_line (fd, line, &len) && g_utf8_validate_len (line, len, NULL) && memchr (line, 0, len) == NULL;
	if (good && len == 0 && !is_stdin)
		g_printerr ("Careful: the first line of %s, the password, is empty.\n", path);
	if (good)
		secret_set (ret_secret, slice (line, len));
	else
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
		             "%s: the first line is no password: it is longer than %d octets or not UTF-8",
		             is_stdin ? "standard input" : path, PROMPT_MAX_OCTETS);
	secret_wipe (line, sizeof line);
	if (!is_stdin)
		close (fd);
	return good;
}
