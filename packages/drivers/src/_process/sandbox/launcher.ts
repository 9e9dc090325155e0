// The steps into a sandbox as data -> a script that takes them in a process of its own and becomes the program.
import { numberOf, type Syscall } from "./syscalls.ts";

/** A number, a text that ends with NUL, or bytes. */
export type Argument = number | string | Uint8Array;

/** One step; `what` completes "could not ...". */
export type Step =
  /** With `may`, failing is no failure. */
  | {
      readonly do: "call";
      readonly what: string;
      readonly name: Syscall;
      readonly args: readonly Argument[];
      readonly may?: boolean;
    }
  | { readonly do: "write"; readonly what: string; readonly path: string; readonly text: string }
  /** What follows happens in a child; the process itself waits for it, without its pipes, and ends as it ends. */
  | { readonly do: "fork"; readonly what: string }
  /** A process that listens on this port of the sandbox's own machine, and passes every connection on to a socket. */
  | { readonly do: "relay"; readonly what: string; readonly port: number; readonly socket: string }
  /** A ruleset of Landlock, the paths that it allows, and its beginning. */
  | { readonly do: "ruleset"; readonly what: string; readonly attributes: Uint8Array }
  | { readonly do: "allow"; readonly what: string; readonly path: string; readonly rights: Uint8Array }
  | { readonly do: "restrict"; readonly what: string }
  | { readonly do: "filter"; readonly what: string; readonly program: Uint8Array }
  | { readonly do: "chdir"; readonly what: string; readonly path: string }
  | {
      readonly do: "exec";
      readonly what: string;
      readonly file: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    };

/** The system's own; one from a PATH could be anybody's. */
export const PERL = "/usr/bin/perl";

/** What the launcher itself ends with when a step fails; its standard error says which. */
export const LAUNCHER_FAILED = 125;
export const FAILED_WITH = "tenon: the sandbox could not ";

/**
 * Reads the steps from descriptor 3: for each the number of its fields, then the fields, all ended by NUL. Perl, because it
 * is there with every Debian, starts in a few milliseconds and can make any call of the kernel (decision 0014).
 * A child that a signal ended is reported as shells do, by 128 and its number.
 */
export const SCRIPT: string = String.raw`
sub failed { print STDERR "${FAILED_WITH}$_[0]: $!\n"; exit ${LAUNCHER_FAILED} }
open(my $steps, '<&=', 3) or failed('read its steps');
binmode $steps;
my @in = do { local $/; split /\0/, <$steps>, -1 };
close $steps;
my $parent = getppid;
my $ruleset;
my %step = (
  call => sub {
    my ($may, $number, @args) = @_;
    my @values = map { my ($kind, $value) = (substr($_, 0, 1), substr($_, 1)); $kind eq 'i' ? 0 + $value : $kind eq 'x' ? pack('H*', $value) : $value } @args;
    return syscall(0 + $number, @values) >= 0 || $may;
  },
  write => sub {
    my ($path, $text) = @_;
    open(my $to, '>', $path) or return 0;
    print {$to} $text;
    return close $to;
  },
  fork => sub {
    my $child = fork;
    return 0 unless defined $child;
    return 1 if $child == 0;
    $SIG{$_} = 'IGNORE' for qw(HUP INT QUIT TERM USR1 USR2 ALRM PIPE);
    close STDIN; close STDOUT; close STDERR;
    while ((my $gone = wait) != -1) {
      last if $gone == $child;
    }
    exit($? & 127 ? 128 + ($? & 127) : $? >> 8);
  },
  relay => sub {
    my ($port, $path) = @_;
    socket(my $server, 2, 1, 0) or return 0;
    # SIOCSIFFLAGS: up, loopback, running.
    my $up = pack('a16 s x14', 'lo', 0x49);
    ioctl($server, 0x8914, $up) or return 0;
    bind($server, pack('S n C4 x8', 2, $port, 127, 0, 0, 1)) && listen($server, 16) or return 0;
    my $relay = fork;
    return 0 unless defined $relay;
    return close $server if $relay;
    close STDIN; close STDOUT; close STDERR;
    $SIG{CHLD} = $SIG{PIPE} = 'IGNORE';
    while (1) {
      accept(my $inner, $server) or next;
      my $worker = fork;
      next if !defined $worker || $worker;
      close $server;
      socket(my $outer, 1, 1, 0) or exit;
      connect($outer, pack('S Z*', 1, $path)) or exit;
      my $other = fork;
      exit unless defined $other;
      my ($from, $to) = $other ? ($inner, $outer) : ($outer, $inner);
      while (sysread($from, my $bytes, 65536)) {
        for (my $sent = 0; $sent < length $bytes;) {
          $sent += syswrite($to, $bytes, length($bytes) - $sent, $sent) || exit;
        }
      }
      shutdown $to, 1;
      exit;
    }
  },
  ruleset => sub { my $attributes = pack('H*', $_[1]); ($ruleset = syscall(0 + $_[0], $attributes, length $attributes, 0)) >= 0 },
  allow => sub {
    my ($open, $add, $path, $rights) = @_;
    my $file = syscall(0 + $open, -100, $path, 0x200000 | 0x80000, 0);
    # 2 is ENOENT; the names are in a module.
    return 1 if $file < 0 && $! == 2;
    my $rule = pack('H*', $rights) . pack('l', $file);
    $file >= 0 && syscall(0 + $add, $ruleset, 1, $rule, 0) >= 0;
  },
  restrict => sub { syscall(0 + $_[0], $ruleset, 0) >= 0 },
  filter => sub {
    my $program = pack('H*', $_[1]);
    my $filter = pack('S x6 P', length($program) / 8, $program);
    syscall(0 + $_[0], 1, 0, $filter) >= 0;
  },
  chdir => sub { chdir $_[0] },
  exec => sub {
    my ($file, $variables, @rest) = @_;
    %ENV = splice(@rest, 0, 2 * $variables);
    exec { $file } $file, @rest;
  },
);
while (@in > 1) {
  my ($verb, $what, @fields) = splice(@in, 0, 1 + shift @in);
  $step{$verb}->(@fields) or failed($what);
}
`;

/** What descriptor 3 has. Throws where this processor has no number for a call; `hasFilters` is asked first. */
export function encodeSteps(steps: readonly Step[]): Uint8Array {
  const fields = steps.flatMap((step) => {
    const own = [step.do, step.what, ...fieldsOf(step)];
    // The count is that of the fields after the first.
    return [String(own.length - 1), ...own];
  });
  return Buffer.from(fields.map((field) => `${field}\0`).join(""), "utf8");
}

function fieldsOf(step: Step): readonly string[] {
  switch (step.do) {
    case "call":
      return [step.may === true ? "1" : "", number(step.name), ...step.args.map(argument)];
    case "write":
      return [step.path, step.text];
    case "fork":
      return [];
    case "relay":
      return [String(step.port), step.socket];
    case "ruleset":
      return [number("landlock_create_ruleset"), hex(step.attributes)];
    case "allow":
      return [number("openat"), number("landlock_add_rule"), step.path, hex(step.rights)];
    case "restrict":
      return [number("landlock_restrict_self")];
    case "filter":
      return [number("seccomp"), hex(step.program)];
    case "chdir":
      return [step.path];
    case "exec": {
      const variables = Object.entries(step.env);
      return [step.file, String(variables.length), ...variables.flat(), ...step.args];
    }
  }
}

function number(name: Syscall): string {
  const found = numberOf(name);
  if (found === undefined) throw new Error(`no number for ${name}`);
  return String(found);
}

function argument(value: Argument): string {
  if (typeof value === "number") return `i${value}`;
  return typeof value === "string" ? `s${value}` : `x${hex(value)}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
