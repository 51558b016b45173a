/** Keeps a screen from going to sleep in the middle of an answer, where the browser lets us. */
export function keepAwake(): () => void {
  let over = false;
  let lock: WakeLockSentinel | null = null;
  const ask = async () => {
    if (over || document.visibilityState === 'hidden') return;
    try {
      lock = await navigator.wakeLock.request('screen');
      if (over) await lock.release();
    } catch {
      // Plain http, or a battery that is nearly empty.
    }
  };
  // A page that was out of sight has lost it.
  document.addEventListener('visibilitychange', ask);
  void ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', ask);
    void lock?.release();
  };
}
