import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import 'wechatpay-edge';

function Shop() {
  const [quantity, setQuantity] = useState(1);
  const [order, setOrder] = useState(null);
  return (
    <>
      <h1>Tea gift set</h1>
      <label>
        How many? <input type="number" min="1" max="5" value={quantity} onChange={(event) => setQuantity(event.target.value)} />
      </label>
      <wechat-pay
        lines={[{ sku: 'tea-gift-set', quantity }]}
        onwechat-pay-paid={({ detail }) => setOrder(detail)}
      />
      {order && <p id="thanks">Thank you for order <b>{order.id}</b>.</p>}
    </>
  );
}

createRoot(document.getElementById('app')).render(<Shop />);
