using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

/// <summary>
/// What stands for an identifying value within one project: HMAC-SHA256 under the project's keys, so the same value gets the same pseudonym in every run and on
/// every host, and nothing links to another project. Immutable, safe for concurrent use.
/// </summary>
internal sealed class Pseudonymizer
{
    /// <summary>The widest shift in days: about ten years. All shifts go back in time.</summary>
    public const int MaxShiftDays = 3653;

    /// <summary>The narrowest shift in days: a shorter one would show the season.</summary>
    public const int MinShiftDays = 180;

    /// <summary>Characters of a pseudonym: fits the shortest VR that identifiers have (SH, 16).</summary>
    public const int TextLength = 16;

    // Crockford's alphabet: no I, L, O, U, so no pseudonym reads as a word.
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private readonly byte[] _uidKey;
    private readonly byte[] _patientKey;
    private readonly byte[] _valueKey;
    private readonly byte[] _dateKey;

    public Pseudonymizer(ProjectSecret secret)
    {
        _uidKey = secret.KeyFor("uid");
        _patientKey = secret.KeyFor("patient");
        _valueKey = secret.KeyFor("value");
        _dateKey = secret.KeyFor("date");
        Fingerprint = Convert.ToHexStringLower(secret.KeyFor("fingerprint"))[..32];
    }

    /// <summary>Tells one secret from another and says nothing about it.</summary>
    public string Fingerprint { get; }

    /// <summary>
    /// The UID that stands for another (PS3.5 B.2: 2.25 and a UUID as a decimal number; version 8, RFC 9562). What the standard registers (SOP classes,
    /// transfer syntaxes, well-known frames of reference) is nobody's and stays.
    /// </summary>
    /// <param name="uid">Without padding.</param>
    public string Uid(string uid)
    {
        if (uid.Length == 0 || DicomDictionary.FindUid(uid) is not null)
            return uid;
        Span<byte> hash = stackalloc byte[32];
        Hash(_uidKey, uid, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return string.Create(CultureInfo.InvariantCulture, $"2.25.{BinaryPrimitives.ReadUInt128BigEndian(hash)}");
    }

    /// <summary>Patient ID and Patient's Name of a patient.</summary>
    public string Patient(PatientKey patient) => Text('P', _patientKey, patient.Value);

    /// <summary>An identifier (accession number, study id, label): the same for the same value, wherever it stands.</summary>
    public string Identifier(string value) => Text('A', _valueKey, value);

    /// <summary>Days to be added to every date of a patient: negative.</summary>
    public int ShiftDays(PatientKey patient)
    {
        Span<byte> hash = stackalloc byte[32];
        Hash(_dateKey, patient.Value, hash);
        return -(MinShiftDays + (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (MaxShiftDays - MinShiftDays + 1)));
    }

    private static string Text(char first, byte[] key, string value)
    {
        Span<byte> hash = stackalloc byte[32];
        Hash(key, value, hash);
        var text = new char[TextLength];
        text[0] = first;
        for (var i = 1; i < text.Length; i++)
            text[i] = Alphabet[hash[i] & 31];
        return new string(text);
    }

    private static void Hash(byte[] key, string value, Span<byte> hash)
    {
        const int Short = 256;
        var count = Encoding.UTF8.GetByteCount(value);
        Span<byte> bytes = count <= Short ? stackalloc byte[Short] : new byte[count];
        HMACSHA256.HashData(key, bytes[..Encoding.UTF8.GetBytes(value, bytes)], hash);
    }
}
