#!/usr/bin/env node
import process from 'node:process';
import { version } from '../../package.json';
import { checkParticipant } from './checkParticipant';
import { type Command, EXIT, UsageError } from './command';

const COMMANDS: Readonly<Record<string, Command>> = { 'check-participant': checkParticipant };

const out = { print: (line: string) => void process.stdout.write(`${line}\n`) };

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name}  ${summary}`);
  return ['Usage: tandem COMMAND [--help]', '', ...lines, '', 'tandem --version tells the version.'].join('\n');
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version') out.print(version);
  else if (name === '--help' || name === 'help') out.print(help());
  if (name === '--version' || name === '--help' || name === 'help') return EXIT.ok;
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(name === undefined ? help() : `There is no command ${name}.\n\n${help()}`);
  if (args.includes('--help')) {
    out.print(command.usage);
    return EXIT.ok;
  }
  return command.run(args, out);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = EXIT.notRun;
    process.stderr.write(`${error instanceof UsageError ? error.message : String(error)}\n`);
  },
);
