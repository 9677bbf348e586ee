import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServerUser } from '../../src/adapters/postgres/embedded/serverUser';

const BYTES_MAX = 2 ** 32;
const ATTEMPTS_MAX = 100;

/** A separate file system for a server's tables. A test can fill it and give it room again. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** Whether {@link mount} works on this machine. */
  static found(): boolean {
    const disk = SmallDisk.mount();
    disk?.unmount();
    return disk !== undefined;
  }

  /** Mounts a file system. Returns undefined where this machine does not allow it: it takes root and the right to mount. */
  static mount(): SmallDisk | undefined {
    const path = mkdtempSync(join(tmpdir(), 'tandem-disk-'));
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${BYTES_MAX}`, 'tmpfs', path]);
    if (status !== 0) {
      rmSync(path, { recursive: true, force: true });
      return undefined;
    }
    const user = findServerUser();
    if (user) chownSync(path, user.uid, user.gid);
    const disk = new SmallDisk(path);
    process.once('exit', disk.unmountNow);
    return disk;
  }

  /** Leaves no free block: shrinks the disk to the size of its contents. */
  fill(): void {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      // The contents may have grown since the look. Then the disk cannot shrink that far.
      const { blocks, bfree, bsize } = statfsSync(this.path);
      if (this.resize((blocks - bfree) * bsize)) return;
    }
    throw new Error(`the disk at ${this.path} cannot be made full`);
  }

  makeRoom(): void {
    this.resize(BYTES_MAX);
  }

  unmount(): void {
    process.removeListener('exit', this.unmountNow);
    this.unmountNow();
  }

  /** Unmounts lazily, because a server that is being killed may still have files open. */
  private readonly unmountNow = (): void => {
    spawnSync('umount', ['--lazy', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  };

  private resize(bytes: number): boolean {
    return spawnSync('mount', ['-o', `remount,size=${bytes}`, this.path]).status === 0;
  }
}
