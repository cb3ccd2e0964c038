// Places many different orders over HTTP: most go well, some meet a payment service that is down, some are out of stock.

export interface PlacedOrder {
  orderId: string;
  runId: string;
}

const AT_ONCE = 20;

/** @throws Error for the first order that the app did not accept */
export async function placeOrders(url: string, count: number): Promise<PlacedOrder[]> {
  const placed: PlacedOrder[] = [];
  let next = 0;
  const place = async () => {
    while (next < count) placed.push(await placeOrder(url, next++));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, place));
  return placed;
}

async function placeOrder(url: string, n: number): Promise<PlacedOrder> {
  // Services of different speed, so that the orders end one after the other: whenever the app dies, many are under way.
  const query = new URLSearchParams({ latency: String(100 + ((n * 37) % 60) * 40) });
  if (n % 10 === 3) query.set('paymentFaults', '1');
  if (n % 10 === 7) query.set('stock', 'out');
  const response = await fetch(`${url}/orders?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sku: 'filter-500g', quantity: 1 + (n % 3), email: `customer-${n}@example.com` }),
  });
  if (!response.ok) throw new Error(`Order ${n + 1} was not accepted: ${response.status} ${await response.text()}`);
  return (await response.json()) as PlacedOrder;
}
