import { createHash } from 'node:crypto';
import type { Database } from '@nocobase/database';
import { newCodeVerifier, newState } from '@email-manager/mail-engine/oauth/flow';
import { Op } from 'sequelize';
import type { OAuthPending, ProviderName } from '../../shared/api';
import { dateMs, id, table, write } from '../database';
import { MailApiError } from '../errors';
import { trusted } from '../guard/trusted';
import type { Keyring } from '../secrets/keyring';
import { open, seal } from '../secrets/seal';

export const STATE_LIFETIME_MS = 10 * 60_000;
/** An administrator reads, asks and signs in before consenting for a whole organisation. */
const ADMIN_CONSENT_LIFETIME_MS = 60 * 60_000;

/** What a sign-in is for: a mailbox, or an administrator's consent for an organisation. */
export type SignInPurpose = 'mailbox' | 'adminConsent';
/** How long a start that nobody answered is worth a question, and how long its row is kept at all. */
const PENDING_MS = 30 * 60_000;
const KEPT_MS = 24 * 3_600_000;

export interface NewStart {
  readonly userId: string;
  readonly provider: ProviderName;
  readonly accountId: string | null;
  readonly redirectUri: string;
  readonly returnTo: string | null;
  readonly origin: string | null;
  /** The tenant whose page is opened, for providers that have tenants. */
  readonly tenant: string | null;
  readonly purpose?: SignInPurpose;
}

export interface StartedSignIn {
  /** Goes to the provider and comes back; only its hash is stored. */
  readonly state: string;
  readonly codeVerifier: string;
  readonly pendingId: string;
  readonly expiresAt: number;
}

export interface ConsumedSignIn extends Omit<NewStart, 'userId' | 'origin' | 'purpose'> {
  readonly purpose: SignInPurpose;
  readonly pendingId: string;
  readonly codeVerifier: string;
}

export interface OAuthStates {
  start(start: NewStart): Promise<StartedSignIn>;
  /**
   * Takes a state once, and only for the user who started it.
   * @throws MailApiError OAUTH_STATE_INVALID when it is forged, used, too old or somebody else's
   */
  consume(state: string, userId: string): Promise<ConsumedSignIn>;
  settle(pendingId: string, outcome: string): Promise<void>;
  pending(userId: string): Promise<OAuthPending | null>;
  dismiss(userId: string, pendingId: string): Promise<boolean>;
}

const hashOf = (state: string) => createHash('sha256').update(`mail-oauth-state:${state}`).digest('hex');
const verifierPlace = (stateHash: string) => ({ table: 'mailOAuthStates', row: stateHash, column: 'sealedVerifier' });

export function createOAuthStates(db: Database, keyring: () => Keyring, now: () => number): OAuthStates {
  const states = () => table(db, 'mailOAuthStates');

  return {
    async start({ userId, provider, accountId, redirectUri, returnTo, origin, tenant, purpose = 'mailbox' }) {
      const state = newState();
      const codeVerifier = newCodeVerifier();
      const stateHash = hashOf(state);
      const expiresAt = now() + (purpose === 'mailbox' ? STATE_LIFETIME_MS : ADMIN_CONSENT_LIFETIME_MS);
      await write(db, 'start a sign-in', async (transaction) => {
        await states().destroy({ where: { expiresAt: { [Op.lt]: new Date(now() - KEPT_MS) } }, transaction });
        const row = {
          stateHash,
          userId,
          provider,
          accountId,
          purpose,
          tenant,
          sealedVerifier: seal(keyring(), verifierPlace(stateHash), codeVerifier),
          redirectUri,
          returnTo,
          origin,
          expiresAt: new Date(expiresAt),
        };
        await states().create(row, { transaction });
      });
      return { state, codeVerifier, pendingId: stateHash, expiresAt };
    },

    async consume(state, userId) {
      const stateHash = hashOf(state);
      const [taken] = await write(db, 'take a sign-in', (transaction) =>
        states().update(
          { usedAt: new Date(now()) },
          { where: { stateHash, userId, usedAt: null, expiresAt: { [Op.gt]: new Date(now()) } }, transaction },
        ),
      );
      const row = taken === 1 ? await trusted('sign-in', () => states().findByPk(stateHash)) : null;
      const verifier = open(keyring(), verifierPlace(stateHash), row?.get('sealedVerifier') as string | undefined);
      if (!row || verifier.state === 'unreadable') throw new MailApiError('OAUTH_STATE_INVALID');
      const account = row.get('accountId');
      return {
        pendingId: stateHash,
        provider: row.get('provider') as ProviderName,
        accountId: account === null || account === undefined ? null : id(account),
        redirectUri: String(row.get('redirectUri')),
        returnTo: (row.get('returnTo') as string | null) ?? null,
        tenant: (row.get('tenant') as string | null) ?? null,
        purpose: row.get('purpose') === 'adminConsent' ? 'adminConsent' : 'mailbox',
        codeVerifier: verifier.value,
      };
    },

    async settle(pendingId, outcome) {
      await write(db, 'end a sign-in', async (transaction) => {
        // The verifier has done its work; a later start answers for the earlier ones of the same person as well.
        const row = await states().findByPk(pendingId, { transaction });
        await states().update({ outcome, sealedVerifier: null }, { where: { stateHash: pendingId }, transaction });
        if (!row) return;
        await states().update(
          { outcome: 'superseded' },
          {
            where: {
              userId: row.get('userId') as string,
              usedAt: null,
              outcome: null,
              expiresAt: { [Op.lt]: row.get('expiresAt') as Date },
            },
            transaction,
          },
        );
      });
    },

    async pending(userId) {
      const row = await trusted('unanswered sign-in', () =>
        states().findOne({
          where: {
            userId,
            [Op.or]: [{ purpose: 'mailbox' }, { purpose: null }],
            usedAt: null,
            outcome: null,
            expiresAt: { [Op.gt]: new Date(now() + STATE_LIFETIME_MS - PENDING_MS) },
          },
          order: [['expiresAt', 'DESC']],
        }),
      );
      if (!row) return null;
      const startedAt = (dateMs(row.get('expiresAt')) ?? 0) - STATE_LIFETIME_MS;
      const account = row.get('accountId');
      return {
        pendingId: String(row.get('stateHash')),
        provider: row.get('provider') as ProviderName,
        accountId: account === null || account === undefined ? null : id(account),
        startedAt: new Date(startedAt).toISOString(),
        ageSeconds: Math.max(0, Math.floor((now() - startedAt) / 1000)),
        redirectUri: String(row.get('redirectUri')),
      };
    },

    async dismiss(userId, pendingId) {
      const [changed] = await write(db, 'forget a sign-in', (transaction) =>
        states().update(
          { outcome: 'dismissed' },
          { where: { stateHash: pendingId, userId, outcome: null }, transaction },
        ),
      );
      return changed === 1;
    },
  };
}
