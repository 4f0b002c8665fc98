// The token that this page comes in with, where the server asks for one. It is taken out of the address at once, so that
// it is in no link, no history and no picture of the page; it is kept for this tab and told to this server alone.

/** Where the tab keeps it. */
const KEPT = 'trellis token';

const address = new URL(location.href);
const given = address.searchParams.get('access_token');
if (given !== null) {
  sessionStorage.setItem(KEPT, given);
  address.searchParams.delete('access_token');
  history.replaceState(history.state, '', address);
}

/** The token, or nothing. @returns {string | null} */
export function token() {
  return sessionStorage.getItem(KEPT);
}

/** The headers that tell the token. @returns {Record<string, string>} */
export function authorization() {
  const known = token();
  return known === null ? {} : { Authorization: `Bearer ${known}` };
}

/**
 * Fetches from this page's server, and asks the person for a token for as long as the server wants another.
 * @param {string} path
 * @param {(refused: boolean) => Promise<string>} ask for a token; whether one was refused
 * @returns {Promise<Response>}
 */
export async function fetchHere(path, ask) {
  for (;;) {
    const response = await fetch(path, { headers: authorization() });
    if (response.status !== 401) return response;
    sessionStorage.setItem(KEPT, await ask(token() !== null));
  }
}

/** The address of a file of this server for an element that cannot send headers. @param {string} path */
export function withToken(path) {
  const known = token();
  return known === null ? path : `${path}?access_token=${encodeURIComponent(known)}`;
}
