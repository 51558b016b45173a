/** What this tab keeps until it is closed; some browsers keep nothing. */
export function tabShelf(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
