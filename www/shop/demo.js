// Demo mode: the Worker's gateway is the simulator, whose phone page can pay.

const link = document.getElementById('phone');
const note = document.getElementById('demo');

/** The link to the simulated phone, or undefined where real money moves. */
export async function loadPhone() {
  const response = await fetch('/api/shop').catch(() => undefined);
  const shop = response?.ok ? await response.json() : { mode: 'live' };
  if (shop.mode !== 'demo') return undefined;
  note.hidden = false;
  return {
    offer(codeUrl) {
      link.href = `${shop.phone_url}#code=${encodeURIComponent(codeUrl)}`;
      link.hidden = false;
    },
    withdraw() {
      link.hidden = true;
      link.removeAttribute('href');
    },
  };
}
