# Types answers at a terminal, each when its question is there, and prints what the terminal has shown.
#
# typed.py QUESTION=ANSWER … -- PROGRAM ARGUMENT …

import os
import pty
import sys

middle = sys.argv.index("--")
answers = [each.split("=", 1) for each in sys.argv[1:middle]]
program = sys.argv[middle + 1 :]

child, terminal = pty.fork()
if child == 0:
    os.execvp(program[0], program)

shown = b""
looked = 0
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    shown += more
    if answers and answers[0][0].encode() in shown[looked:]:
        looked = len(shown)
        os.write(terminal, answers.pop(0)[1].encode() + b"\r")

sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
