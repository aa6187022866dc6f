import { MailApiError, type ErrorCode } from '../errors';

const SENTENCES = {
  MAIL_ACCESS_DENIED: 'Mail is shown only to the members of its mailbox and is changed only in the mail centre.',
  PAGINATION_REQUIRED: 'Lists of mail are read page by page: leave out "paginate=false".',
} satisfies Partial<Record<ErrorCode, string>>;

/** A refusal of the guard. The message is a sentence already, because it may surface in NocoBase's own actions. */
class GuardRefusal extends MailApiError {
  constructor(code: keyof typeof SENTENCES) {
    super(code);
    this.message = SENTENCES[code];
  }
}

/** Names neither the table nor the row: whether something exists is not told to strangers either. */
export const accessDenied = (): MailApiError => new GuardRefusal('MAIL_ACCESS_DENIED');

export const paginationRequired = (): MailApiError => new GuardRefusal('PAGINATION_REQUIRED');
