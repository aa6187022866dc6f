/** The Gmail methods that this provider calls, by the names of Google's quota table. */
export type GmailMethod =
  | 'getProfile'
  | 'messages.list'
  | 'messages.get'
  | 'messages.attachments.get'
  | 'messages.modify'
  | 'messages.batchModify'
  | 'messages.trash'
  | 'messages.untrash'
  | 'threads.get'
  | 'history.list'
  | 'labels.list'
  | 'drafts.list'
  | 'drafts.get'
  | 'drafts.create'
  | 'drafts.update'
  | 'drafts.delete'
  | 'drafts.send'
  | 'settings.sendAs.list';

export interface GmailQuota {
  /** Per user; Infinity when nobody meters (a benchmark with the quota off). */
  readonly unitsPerMinute: number;
  readonly costs: Readonly<Record<GmailMethod, number>>;
}

export type GmailQuotaName = '2026' | 'old';

const UNCHANGED = {
  getProfile: 1,
  'messages.list': 5,
  'messages.modify': 5,
  'messages.batchModify': 50,
  'messages.untrash': 5,
  'history.list': 2,
  'labels.list': 1,
  'drafts.list': 5,
  'drafts.create': 10,
  'drafts.update': 15,
  'drafts.delete': 10,
  'drafts.send': 100,
  'settings.sendAs.list': 1,
} as const;

/**
 * Google's two tables ("Gmail API usage limits", after 1 May 2026): `2026` for projects that are new since then, `old`
 * for projects that used the API between November 2025 and April 2026. The cost does not depend on the format.
 */
export const GMAIL_QUOTAS: Readonly<Record<GmailQuotaName, GmailQuota>> = {
  '2026': {
    unitsPerMinute: 6_000,
    costs: {
      ...UNCHANGED,
      'messages.get': 20,
      'messages.attachments.get': 20,
      'messages.trash': 20,
      'drafts.get': 20,
      'threads.get': 40,
    },
  },
  old: {
    unitsPerMinute: 15_000,
    costs: {
      ...UNCHANGED,
      'messages.get': 5,
      'messages.attachments.get': 5,
      'messages.trash': 5,
      'drafts.get': 5,
      'threads.get': 10,
    },
  },
};
