#!/bin/sh
# Holds one GPIO line for the agent, and lets go of it without the agent: keeper.sh SECONDS LINE GPIOSET-ARGUMENT…
#
# It drives the line active for SECONDS (0: not at all). A number on standard input is a new length of time from then on. Anything else,
# the end of the input (the agent died) and the end of the time (the agent hangs) make the line inactive, and inactive it is driven
# until the next line or the end of the input. Descriptor 3 is open in whatever drives the line active and 4 in whatever drives it
# inactive, and nowhere else, so that the kernel tells the agent when the line is no longer driven.

seconds=$1
line=$2
shift 2
# A service manager ends everything of the agent at once; the line must still be made inactive. Children get these signals as usual.
trap : TERM INT HUP
# The agent that would read this may be dead.
trap '' PIPE
# What gpioset writes goes to the agent; what the shell thinks of its children does not.
exec 5>&2 2>/dev/null

if [ "$seconds" != 0 ]; then
  gpioset "$@" "$line=1" 2>&5 4>&- 5>&- &
  driver=$!
  exec 3>&-
  # The shell reads byte by byte: whatever reads ahead would swallow the order behind a renewal.
  while word=$(timeout "$seconds" sh -c 'IFS= read -r word && printf %s "$word"' 4>&- 5>&-); do
    case $word in '' | 0 | *[!0-9.]*) break ;; esac
    seconds=$word
  done
  kill "$driver" 2>/dev/null
  wait "$driver"
  echo "ended $?"
fi
exec 3>&-
gpioset "$@" "$line=0" 2>&5 5>&- &
driver=$!
exec 4>&-
# Some chips keep a line as it was driven last, so it is driven for a moment also when nobody asks for it.
[ "$seconds" = 0 ] || sleep 0.2
IFS= read -r word || sleep 0.2
kill "$driver" 2>/dev/null
wait "$driver"
echo "ended $?"
