interface AnsweredError {
  code?: unknown;
  message?: unknown;
  action?: unknown;
  field?: unknown;
  data?: unknown;
}

interface HttpErrorLike {
  response?: { status?: number; data?: unknown };
}

/**
 * A refusal of the server, or no answer at all. `code` is stable; `message` and `action` are sentences in the user's
 * language, empty when the server gave none (the page then has its own words for the code).
 */
export class ApiFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly action: string,
    readonly field: string | null,
    readonly status: number | null,
    /** More for some codes; its shape stands beside the code in shared/api.ts. */
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'ApiFailure';
  }

  static async of(error: unknown): Promise<ApiFailure> {
    if (error instanceof ApiFailure) return error;
    const response = (error as HttpErrorLike | null)?.response;
    if (!response) return new ApiFailure('NO_ANSWER', '', '', null, null);
    const first = firstErrorOf(await parsed(response.data));
    return new ApiFailure(
      text(first.code) || 'UNKNOWN',
      text(first.message),
      text(first.action),
      text(first.field) || null,
      response.status ?? null,
      typeof first.data === 'object' && first.data !== null ? (first.data as Record<string, unknown>) : {},
    );
  }
}

/** An error answer to a request for a file arrives as a blob as well. */
async function parsed(data: unknown): Promise<unknown> {
  if (typeof Blob === 'undefined' || !(data instanceof Blob)) return data;
  try {
    return JSON.parse(await data.text());
  } catch {
    return null;
  }
}

function firstErrorOf(data: unknown): AnsweredError {
  const errors = (data as { errors?: unknown } | null)?.errors;
  return Array.isArray(errors) && typeof errors[0] === 'object' && errors[0] !== null
    ? (errors[0] as AnsweredError)
    : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
