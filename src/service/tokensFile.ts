import { readFile } from 'node:fs/promises';
import type { Log } from '../engine/log';
import { StaticTokens } from '../http/auth/staticTokens';
import type { Caller } from '../http/requests/caller';

/**
 * Callers by token, from a file that may change while the service runs. The next read accepts an added token and
 * refuses a removed one. A file that cannot be read or parsed changes nothing.
 */
export class TokensFile {
  private told: string | undefined;

  private constructor(
    private readonly path: string,
    private readonly log: Log,
    private text: string,
    private tokens: StaticTokens,
  ) {}

  /** Rejects when the file cannot be read or parsed. The Error quotes no token. */
  static async open(path: string, log: Log): Promise<TokensFile> {
    const text = await readFile(path, 'utf8');
    return new TokensFile(path, log, text, parse(text));
  }

  find(token: string): Caller | undefined {
    return this.tokens.find(token);
  }

  /** Reads the file again. Never rejects: it logs a problem once and keeps the known tokens. */
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
 * While an editor rewrites a file, it may be empty for a moment, which must not refuse every caller. It may also end
 * within a line: the name at its end may then be the beginning of another name, the owner of other money.
 */
function parse(text: string): StaticTokens {
  if (text !== '' && !text.endsWith('\n'))
    throw new Error('the file does not end with a newline: its last line may not be all there');
  const tokens = StaticTokens.parse(text);
  if (tokens.size === 0) throw new Error('the file holds no token');
  return tokens;
}
