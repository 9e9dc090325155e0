// A program run -> the line that makes a POSIX shell start it. Nothing of the run is ever read as shell syntax.
import type { ProgramRun, RunOutcome } from "./run.ts";

/** `it's` -> `'it'\''s'`: within single quotes a POSIX shell reads every byte as itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Names that some shell keeps for itself: setting them fails or changes the shell instead of the program. */
const SHELL_OWN: ReadonlySet<string> = new Set([
  "BASHOPTS",
  "BASH_VERSINFO",
  "EUID",
  "IFS",
  "LINENO",
  "OLDPWD",
  "OPTIND",
  "PPID",
  "PWD",
  "SHELLOPTS",
  "UID",
  "_",
]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether a shell can start this program exactly as asked; where not, it is started directly. */
export function fitsShell(run: ProgramRun): boolean {
  return Object.keys(run.env).every((name) => NAME.test(name) && !SHELL_OWN.has(name));
}

/** What shells say instead of an error number. */
const SHELL_ERRORS: readonly (readonly [part: string, errno: string])[] = [
  ["not found", "ENOENT"],
  ["No such file", "ENOENT"],
  ["ermission denied", "EACCES"],
  ["Argument list too long", "E2BIG"],
  ["Text file busy", "ETXTBSY"],
  ["Exec format error", "ENOEXEC"],
];

/** What dash prints about a program that a signal ended, where its own standard error is still the program's. */
const SIGNAL_WORDS: ReadonlySet<string> = new Set([
  "Hangup",
  "Quit",
  "Illegal instruction",
  "Trace/breakpoint trap",
  "Aborted",
  "Bus error",
  "Floating point exception",
  "Arithmetic exception",
  "Killed",
  "User defined signal 1",
  "User defined signal 2",
  "Segmentation fault",
  "Alarm clock",
  "Terminated",
  "CPU time limit exceeded",
  "File size limit exceeded",
  "Bad system call",
]);

/**
 * The outcome without what the shell itself printed: its word about a signal goes, and its complaint that it could not
 * start the program becomes `not-started`. That begins with the name of its script, which holds a random part, so that
 * a program's own 126 or 127 stays what it is.
 */
export function withoutShellWords(outcome: RunOutcome, script: string): RunOutcome {
  const { end, stderr } = outcome;
  if (end.kind !== "exit") return outcome;
  if (end.signal !== undefined) return { ...outcome, stderr: withoutSignalWord(stderr) };
  if (end.code !== 126 && end.code !== 127) return outcome;
  const text = Buffer.from(stderr.subarray(0, 4096)).toString("utf8");
  if (!text.startsWith(`${script}: `)) return outcome;
  const why = text
    .slice(script.length + 2)
    .replace(/^(?:line )?\d+: /, "")
    .trim();
  const errno = SHELL_ERRORS.find(([part]) => why.includes(part))?.[1];
  return { ...outcome, stderr: new Uint8Array(), end: { kind: "not-started", why, errno } };
}

function withoutSignalWord(stderr: Uint8Array): Uint8Array {
  const tail = Buffer.from(stderr.subarray(-64)).toString("latin1");
  const last = tail.slice(tail.lastIndexOf("\n", tail.length - 2) + 1);
  const word = last.trimEnd().replace(/ \(core dumped\)$/, "");
  return SIGNAL_WORDS.has(word) ? stderr.subarray(0, stderr.length - last.length) : stderr;
}

/**
 * The lane's preparation. `$d` is the common part of its pipes' paths; descriptor 9 reports to the host. Caught signals,
 * unlike ignored ones, are back to normal in the programs, while the lane outlives a signal to its group.
 */
export function laneInit(prefix: string): string {
  return `d=${shellQuoted(prefix)};unset PATH OLDPWD SHLVL;trap : HUP INT QUIT TERM USR1 USR2 ALRM;exec 9>"$d.status";echo ready >&9\n`;
}

/**
 * One run. Reports `in` once the input is open, then the exit status, or `cd` where the folder cannot be entered.
 * A single simple command, because dash starts those by vfork.
 */
export function runLine(run: ProgramRun): string {
  const env = Object.entries(run.env)
    .map(([name, value]) => `${name}=${shellQuoted(value)} `)
    .join("");
  const command = [run.file, ...run.args].map(shellQuoted).join(" ");
  // Single digits are all that shells know; 8 and 9 are the lane's.
  const inputs = (run.inputs ?? []).map((path, index) => `${index + 3}<${shellQuoted(path)} `).join("");
  const output = `${inputs}>"$d.out" 2>"$d.err" 9>&-`;
  // The input is closed before the report, or what nobody read would still be there for the next run.
  const line =
    run.stdin === undefined
      ? `${env}${command} </dev/null ${output};echo $? >&9`
      : `exec 8<"$d.in";echo in >&9;${env}${command} <&8 8<&- ${output};s=$?;exec 8<&-;echo $s >&9`;
  return `if cd ${shellQuoted(run.cwd)} 2>/dev/null;then unset OLDPWD PWD;${line};else echo cd >&9;fi\n`;
}

/**
 * The spawner: closes what the host's own parent may have left open, makes lanes when told to, and ends them all when
 * the host is gone (its standard input ends).
 * Arguments: the folder for the pipes, the shell.
 */
export const SPAWNER_SCRIPT = `
folder=$1
shell=$2
cd "$folder" || exit 1
command -v mkfifo >/dev/null && command -v setsid >/dev/null || exit 1
exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
lanes=
finish() {
  trap '' HUP INT TERM
  if [ -n "$lanes" ]; then
    for pid in $lanes; do kill -s TERM -- "-$pid" "$pid"; done
    sleep 1
    for pid in $lanes; do kill -s KILL -- "-$pid" "$pid"; done
  fi
  cd /
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 0' HUP INT TERM
trap : PIPE
while read -r verb id; do
  case $verb in
  open)
    if mkfifo -m 600 "$id.cmd" "$id.status" "$id.in" "$id.out" "$id.err"; then
      setsid "$shell" "$folder/$id.cmd" </dev/null >/dev/null 2>&1 &
      lanes="$lanes $!"
      echo "lane $id $!"
    else
      echo "failed $id"
    fi ;;
  gone)
    kept=
    for pid in $lanes; do
      if [ "$pid" = "$id" ]; then wait "$pid"; else kept="$kept $pid"; fi
    done
    lanes=$kept ;;
  esac
done
`;
