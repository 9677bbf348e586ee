import { readFile } from 'node:fs/promises';
import type { Log } from '../engine/log';
import { StaticTokens } from '../http/auth/staticTokens';
import type { Caller } from '../http/requests/caller';

/**
 * Callers by token, from a file that may change while the service runs: a token that is added is known, and one that is
 * taken away refused, as soon as the file was read again. A file that cannot be read or used changes nothing.
 */
export class TokensFile {
  private told: string | undefined;

  private constructor(
    private readonly path: string,
    private readonly log: Log,
    private text: string,
    private tokens: StaticTokens,
  ) {}

  /** Rejects with an Error that quotes no token when the file cannot be read, or holds something else. */
  static async open(path: string, log: Log): Promise<TokensFile> {
    const text = await readFile(path, 'utf8');
    return new TokensFile(path, log, text, parse(text));
  }

  find(token: string): Caller | undefined {
    return this.tokens.find(token);
  }

  /** Reads the file again. Never rejects: what is wrong is logged once, and what was known stays known. */
  async check(): Promise<void> {
    try {
      const text = await readFile(this.path, 'utf8');
      if (text !== this.text) {
        this.tokens = parse(text);
        this.text = text;
        this.log.info({ file: this.path, tokens: this.tokens.size }, 'the tokens were read again');
      }
      this.told = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== this.told) {
        this.log.error({ file: this.path, why }, 'AUTH_TOKENS_FILE cannot be used; the tokens before it stay in force');
      }
      this.told = why;
    }
  }
}

/**
 * A file that is being written again may be empty for a moment, which is no reason to refuse every caller, or end within a line: then the
 * name at its end may be the beginning of another one, the owner of other money.
 */
function parse(text: string): StaticTokens {
  if (text !== '' && !text.endsWith('\n'))
    throw new Error('the file does not end with a newline: its last line may not be all there');
  const tokens = StaticTokens.parse(text);
  if (tokens.size === 0) throw new Error('the file holds no token');
  return tokens;
}
