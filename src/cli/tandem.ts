#!/usr/bin/env node
import process from 'node:process';
import { version } from '../../package.json';
import { ConfigError } from '../config';
import { checkParticipant } from './checkParticipant';
import { type Command, EXIT, UsageError } from './command';
import { doctor } from './doctor';
import { migrate } from './migrate';
import { start } from './start';

const COMMANDS: Readonly<Record<string, Command>> = { start, doctor, migrate, 'check-participant': checkParticipant };

const out = { print: (line: string) => void process.stdout.write(`${line}\n`) };

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map(({ length }) => length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
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

/**
 * The words for an error. An error about arguments, settings or connections explains itself. For a defect the words
 * include the error's class.
 */
function wordsFor(error: unknown): string {
  const isTold =
    error instanceof UsageError || error instanceof ConfigError || (error instanceof Error && error.name === 'Error');
  return isTold ? error.message : String(error);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = EXIT.notRun;
    process.stderr.write(`${wordsFor(error)}\n`);
  },
);
