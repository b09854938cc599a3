"""The sandbox's second copy of the cryptography against vectors that other people published."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shop.sandbox import crypto
from tests.sandbox import published_vectors as published


@pytest.fixture(scope="module")
def docs_key() -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(published.DOCS_PRIVATE_KEY, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def test_request_signature_of_the_documentation(docs_key):
    message = crypto.join_lines(
        "POST", published.DOCS_PATH, published.DOCS_TIMESTAMP, published.DOCS_NONCE, published.DOCS_BODY
    )
    assert crypto.sign(docs_key, message) == published.DOCS_SIGNATURE
    assert crypto.verify(docs_key.public_key(), message, published.DOCS_SIGNATURE)
    assert not crypto.verify(docs_key.public_key(), message + b" ", published.DOCS_SIGNATURE)


def test_pay_sign_of_the_documentation(docs_key):
    message = crypto.join_lines(
        published.PAY_APPID, published.DOCS_TIMESTAMP, published.DOCS_NONCE, published.PAY_PACKAGE
    )
    assert crypto.sign(docs_key, message) == published.PAY_SIGN


def test_notification_of_the_go_sdk_verifies_and_decrypts():
    key = x509.load_pem_x509_certificate(published.GO_CERTIFICATE).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    message = crypto.join_lines(published.GO_TIMESTAMP, published.GO_NONCE, published.GO_BODY)
    assert crypto.verify(key, message, published.GO_SIGNATURE)
    plain = crypto.unseal(
        published.GO_KEY, published.GO_CIPHERTEXT, nonce="Kj7QIyUiYx1q", associated="payscore"
    )
    assert plain.decode() == published.GO_PLAINTEXT


def test_aes_gcm_of_the_java_sdk_both_ways():
    key, nonce = published.JAVA_APIV3_KEY, published.JAVA_NONCE
    assert crypto.seal(key, b"message", nonce=nonce, associated="associatedData") == published.JAVA_CIPHERTEXT
    opened = crypto.unseal(key, published.JAVA_CIPHERTEXT, nonce=nonce, associated="associatedData")
    assert opened == b"message"
    with pytest.raises(crypto.CryptoError):
        crypto.unseal(key, published.JAVA_CIPHERTEXT, nonce=nonce, associated="other")


@pytest.mark.parametrize("vector", [published.PUSH_GET, published.PUSH_PLAIN])
def test_push_signature_without_encryption(vector):
    stamp, nonce, signature = vector
    assert crypto.push_signature(published.PUSH_TOKEN, stamp, nonce) == signature


def test_push_in_safe_mode_of_the_documentation():
    stamp, nonce, signature = published.PUSH_SAFE
    sealed = published.PUSH_SAFE_ENCRYPT
    assert crypto.push_signature(published.PUSH_TOKEN, stamp, nonce, sealed) == signature
    opened = crypto.push_decrypt(published.PUSH_AES_KEY, published.PUSH_APPID, sealed)
    assert opened.decode() == published.PUSH_SAFE_MESSAGE
    assert len(opened) == 167
    with pytest.raises(crypto.CryptoError):
        crypto.push_decrypt(published.PUSH_AES_KEY, "wxanother", sealed)


def test_push_encryption_of_the_documentation():
    sealed = crypto.push_encrypt(
        published.PUSH_AES_KEY, published.PUSH_APPID, published.PUSH_REPLY, salt=published.PUSH_REPLY_SALT
    )
    assert sealed == published.PUSH_REPLY_ENCRYPT
    stamp, nonce, signature = published.PUSH_REPLY_SIGNATURE
    assert crypto.push_signature(published.PUSH_TOKEN, stamp, nonce, sealed) == signature


def test_sensitive_field_round_trip(docs_key):
    sealed = crypto.encrypt_field(docs_key.public_key(), "张三")
    assert crypto.decrypt_field(docs_key, sealed) == "张三"
    with pytest.raises(crypto.CryptoError):
        crypto.decrypt_field(docs_key, "AAAA")
