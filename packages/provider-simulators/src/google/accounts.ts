import { generateMailbox } from '../seed/generate-mailbox';
import type { ProfileName } from '../seed/profiles';
import { seedCorpus } from '../seed/corpus';
import { hashText } from '../random';
import { Mailbox } from './mailbox';
import type { GoogleAccount, GoogleState, SendAs } from './state';

export interface AccountOptions {
  address: string;
  name?: string;
  /** A Google account without Gmail. */
  withoutMailbox?: boolean;
  /** Generated messages; 0 (default) leaves the mailbox empty. */
  messages?: number;
  profile?: ProfileName;
  seed?: number;
  /** Real messages of the public corpus instead of generated ones: how many at most. */
  corpus?: number;
  historyRetentionMs?: number;
  historyIdBase?: bigint;
  /** Further send-as addresses; the primary one is always there. */
  aliases?: (Partial<SendAs> & { sendAsEmail: string })[];
}

/** Adds a Google account with its mailbox. */
export function addAccount(state: GoogleState, options: AccountOptions): GoogleAccount {
  const name = options.name ?? options.address.split('@')[0] ?? options.address;
  const seed = options.seed ?? hashText(options.address);
  const mailbox = options.withoutMailbox
    ? null
    : new Mailbox({
        address: options.address,
        clock: state.clock,
        seed,
        ...(options.historyRetentionMs === undefined ? {} : { historyRetentionMs: options.historyRetentionMs }),
        ...(options.historyIdBase === undefined ? {} : { historyIdBase: options.historyIdBase }),
      });
  if (mailbox) {
    const now = state.clock.now();
    if (options.corpus !== undefined) seedCorpus(mailbox, { messages: options.corpus, now });
    if (options.messages !== undefined && options.messages > 0) {
      generateMailbox(mailbox, {
        messages: options.messages,
        seed,
        ownerName: name,
        now,
        profile: options.profile ?? 'demo',
      });
    }
  }
  const primary: SendAs = {
    sendAsEmail: options.address,
    displayName: name,
    replyToAddress: '',
    signature: `<div>${name}</div>`,
    isPrimary: true,
    isDefault: true,
    treatAsAlias: false,
    verificationStatus: 'accepted',
  };
  const aliases = (options.aliases ?? []).map((a) => ({
    ...primary,
    isPrimary: false,
    isDefault: false,
    treatAsAlias: true,
    ...a,
  }));
  const account: GoogleAccount = {
    address: options.address,
    name,
    sub: `1${hashText(options.address).toString().padStart(10, '0')}${hashText(name).toString().padStart(10, '0')}`,
    mailbox,
    sendAs: [primary, ...aliases],
  };
  state.accounts.set(options.address.toLowerCase(), account);
  return account;
}
