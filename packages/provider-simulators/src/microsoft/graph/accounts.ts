import { hashText } from '../../random';
import { seedCorpus } from '../../seed/corpus';
import { generateMailbox } from '../../seed/generate-mailbox';
import type { ProfileName } from '../../seed/profiles';
import { PERSONAL_TENANT } from '../state';
import type { MicrosoftAccount, MicrosoftState } from '../state';
import type { FolderTreeOptions } from './folder-tree';
import { Mailbox } from './mailbox';
import { SeedAdapter } from './seed-adapter';

export interface MicrosoftAccountOptions extends FolderTreeOptions {
  address: string;
  name?: string;
  /** Default: the tenant of personal accounts for `personal`, one made of the address's domain for `work`. */
  tenantId?: string;
  /** Default: `work` when a tenant other than that of personal accounts is given, else `personal`. */
  kind?: 'work' | 'personal';
  /** Generated messages; 0 (default) leaves the mailbox empty. */
  messages?: number;
  profile?: ProfileName;
  /** Real messages of the public corpus: how many at most. */
  corpus?: number;
  seed?: number;
  /** A Microsoft account without a mailbox in the cloud. */
  withoutMailbox?: boolean;
}

/** Adds a Microsoft account with its mailbox. */
export function addMicrosoftAccount(state: MicrosoftState, options: MicrosoftAccountOptions): MicrosoftAccount {
  const { address } = options;
  const name = options.name ?? address.split('@')[0] ?? address;
  const seed = options.seed ?? hashText(address);
  const isWork = options.tenantId !== undefined && options.tenantId !== PERSONAL_TENANT;
  const kind = options.kind ?? (isWork ? 'work' : 'personal');
  const domain = address.split('@')[1] ?? address;
  const account: MicrosoftAccount = {
    address,
    name,
    tenantId: options.tenantId ?? (kind === 'work' ? guidFrom(`tenant ${domain}`) : PERSONAL_TENANT),
    // Personal accounts have a number of 64 bits in the last two groups.
    objectId:
      kind === 'work' ? guidFrom(`user ${address}`) : `00000000-0000-0000-${guidFrom(`user ${address}`).slice(19)}`,
    kind,
    mailbox: options.withoutMailbox ? null : seededMailbox(state, options, seed, name),
  };
  state.accounts.set(address.toLowerCase(), account);
  return account;
}

function seededMailbox(state: MicrosoftState, options: MicrosoftAccountOptions, seed: number, name: string): Mailbox {
  const mailbox = new Mailbox({ ...options, clock: state.clock, seed });
  const target = new SeedAdapter(mailbox);
  const now = state.clock.now();
  if (options.corpus !== undefined) seedCorpus(target, { messages: options.corpus, now, seed });
  if (options.messages !== undefined && options.messages > 0) {
    const profile = options.profile ?? 'demo';
    generateMailbox(target, { messages: options.messages, seed, ownerName: name, now, profile });
  }
  return mailbox;
}

function guidFrom(text: string): string {
  const hex = [0, 1, 2, 3].map((i) => hashText(`${i} ${text}`).toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
