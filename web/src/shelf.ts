/** Where a page keeps what must outlive it. Some browsers keep nothing for us: then null. */

/** What this browser keeps for this site. */
export function siteShelf(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** What this tab keeps until it is closed. */
export function tabShelf(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
