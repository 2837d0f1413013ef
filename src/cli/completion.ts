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

/** Commands that take the name of a resource. */
const named = 'start|stop|restart|reset|pause|unpause|suspend|resume|undefine|status|logs|console';

function flagsOf(command: Command): string {
  return Object.keys({ ...command.flags, ...globalFlags })
    .map((name) => `--${name}`)
    .join(' ');
}

function bash(all: readonly Command[]): string {
  const cases = all.map((command) => `    ${command.name}) flags="${flagsOf(command)}" ;;`);
  return `_qonverge() {
  local current=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} flags=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${all.map(({ name }) => name).join(' ')} help version" -- "$current"))
    return
  fi
  case $command in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ $command =~ ^(${named})$ ]]; then
    COMPREPLY=($(compgen -W "$(qonverge status -o name 2>/dev/null | sed 's/^Domain.//')" -- "$current"))
  elif [ "$command" = completion ]; then
    COMPREPLY=($(compgen -W "bash zsh fish" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _qonverge qonverge`;
}

function fish(all: readonly Command[]): string {
  const lines = ['complete -c qonverge -n __fish_use_subcommand -f'];
  for (const command of all) {
    lines.push(`complete -c qonverge -n __fish_use_subcommand -a ${command.name} -d ${quote(command.about)}`);
    for (const [name, flag] of Object.entries(command.flags)) {
      lines.push(
        `complete -c qonverge -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${flag.short ? ` -s ${flag.short}` : ''} -d ${quote(flag.about)}`,
      );
    }
  }
  lines.push(
    `complete -c qonverge -n '__fish_seen_subcommand_from ${named.replaceAll('|', ' ')}' -f -a "(qonverge status -o name 2>/dev/null | string replace Domain/ '')"`,
  );
  return lines.join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
