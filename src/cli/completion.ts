import { Failure } from '../model/failure.ts';
import { globalFlags } from './arguments.ts';
import type { Command } from './command.ts';
import { commands } from './table.ts';

export const completion: Command = {
  name: 'completion',
  usage: 'completion bash|zsh|fish',
  about: 'completion script for a shell',
  flags: {},
  examples: [
    'source <(qonverge completion bash)',
    'qonverge completion fish > ~/.config/fish/completions/qonverge.fish',
  ],
  async run(args, terminal) {
    const [shell] = args.positionals;
    const all = await Promise.all(Object.values(commands).map((load) => load()));
    if (shell === 'bash') terminal.out(bash(all));
    else if (shell === 'zsh')
      terminal.out(`#compdef qonverge\nautoload -U +X bashcompinit && bashcompinit\n${bash(all)}`);
    else if (shell === 'fish') terminal.out(fish(all));
    else
      throw new Failure('refused', `completion for ${shell ?? 'which shell'}?`, {
        retry: 'never',
        suggestion: 'bash, zsh or fish',
      });
    return 0;
  },
};

/** Commands that take the name of a domain, and those that take any resource. */
const domains = 'start|stop|restart|reset|save|pause|unpause|logs|console';
const resources = 'suspend|resume|undefine|status|history|why|rollback|wait';

function flagsOf(command: Command): string {
  return Object.keys({ ...command.flags, ...globalFlags })
    .map((name) => `--${name}`)
    .join(' ');
}

/** `status:--output|status:-o`, for each flag that takes one of a few words. */
function choicesOf({ name: command, flags }: Command): string[] {
  return Object.entries(flags).flatMap(([name, { short, choices }]) => {
    if (!choices) return [];
    const forms = [`${command}:--${name}`, ...(short ? [`${command}:-${short}`] : [])];
    return [`    ${forms.join('|')}) words="${choices.join(' ')}" ;;`];
  });
}

function bash(all: readonly Command[]): string {
  const names = `${all.map(({ name }) => name).join(' ')} help version`;
  const flags = all.map((command) => `    ${command.name}) flags="${flagsOf(command)}" ;;`);
  const uris = 'qemu:///system qemu:///session test:///default';
  return `_qonverge() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} flags="" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] || [ "$command" = help ]; then
    COMPREPLY=($(compgen -W "${names}" -- "$current"))
    return
  fi
  case $command:$previous in
${all.flatMap(choicesOf).join('\n')}
    completion:completion) words="bash zsh fish" ;;
    host:host) words="shutdown" ;;
    *:--connect|*:-c) words="${uris}" ;;
  esac
  case $command in
${flags.join('\n')}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ $command =~ ^(${domains})$ ]]; then
    COMPREPLY=($(compgen -W "$(qonverge status domain -o name 2>/dev/null | sed 's/^Domain.//')" -- "$current"))
  elif [[ $command =~ ^(${resources})$ ]]; then
    COMPREPLY=($(compgen -W "$(qonverge status -o name 2>/dev/null | sed 's/^Domain.//')" -- "$current"))
  elif [ "$command" = explain ]; then
    COMPREPLY=($(compgen -W "$(qonverge explain --list "$current" 2>/dev/null)" -- "$current"))
    compopt -o nospace
  else
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _qonverge qonverge`;
}

function fish(all: readonly Command[]): string {
  const lines = ['complete -c qonverge -n __fish_use_subcommand -f'];
  for (const command of all) {
    lines.push(`complete -c qonverge -n __fish_use_subcommand -a ${command.name} -d ${quote(command.about)}`);
    for (const [name, flag] of Object.entries(command.flags)) {
      lines.push(
        `complete -c qonverge -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${flag.short ? ` -s ${flag.short}` : ''}${flag.choices ? ` -x -a ${quote(flag.choices.join(' '))}` : ''} -d ${quote(flag.about)}`,
      );
    }
  }
  const from = (words: string) => `'__fish_seen_subcommand_from ${words.replaceAll('|', ' ')}'`;
  const listed = (kind: string) =>
    `"(qonverge status ${kind}-o name 2>/dev/null | string replace Domain/ '')"`;
  lines.push(`complete -c qonverge -n ${from(domains)} -f -a ${listed('domain ')}`);
  lines.push(`complete -c qonverge -n ${from('host')} -f -a shutdown`);
  lines.push(`complete -c qonverge -n ${from(resources)} -f -a ${listed('')}`);
  return lines.join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
