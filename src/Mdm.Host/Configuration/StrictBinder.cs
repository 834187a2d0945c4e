using System.Collections;
using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Mdm.Host.Configuration;

/// <summary>
/// Binds a section of the configuration to a class, strictly: unknown keys, missing values, wrong types and broken rules are faults, all collected with their paths.
/// </summary>
/// <remarks>
/// A class has settable properties; <c>required</c> or <see cref="RequiredAttribute"/> makes one mandatory; data annotations and <see cref="IValidatableObject"/> are obeyed.
/// A property of type <see cref="IConfigurationSection"/> takes its part as it is, for a later binding.
/// </remarks>
internal sealed class StrictBinder
{
    /// <summary>Deepest nesting of options; a class that contains itself would not end.</summary>
    private const int MaxDepth = 16;

    private readonly List<ConfigurationFault> _faults = [];

    public IReadOnlyList<ConfigurationFault> Faults => _faults;

    /// <summary>The options as far as they could be bound; complete only when no fault was added.</summary>
    public object Bind(Type type, IConfiguration section) => BindObject(type, section, PathOf(section), 0);

    /// <inheritdoc cref="Bind(Type, IConfiguration)"/>
    public T Bind<T>(IConfiguration section)
        where T : class => (T)Bind(typeof(T), section);

    public void Add(string path, string reason) => _faults.Add(new ConfigurationFault(path, reason));

    private object BindObject(Type type, IConfiguration section, string path, int depth)
    {
        var options = Activator.CreateInstance(type)!;
        var before = _faults.Count;
        if (depth > MaxDepth)
        {
            Add(path, $"options are nested deeper than {MaxDepth}.");
            return options;
        }
        var properties = SettableProperties(type);
        if (section is IConfigurationSection { Value.Length: > 0 })
        {
            Add(path, $"is a section with keys of its own, not a value. {NearNames.Sentence(string.Empty, properties.Select(p => p.Name))}");
            return options;
        }
        var children = section.GetChildren().ToList();
        foreach (var child in children.Where(c => !properties.Exists(p => p.Name.Equals(c.Key, StringComparison.OrdinalIgnoreCase))))
            AddUnknown(child, properties);
        foreach (var property in properties)
        {
            var child = children.Find(c => c.Key.Equals(property.Name, StringComparison.OrdinalIgnoreCase));
            BindProperty(options, property, child, Join(path, property.Name), depth);
        }
        if (_faults.Count == before && options is IValidatableObject validatable)
        {
            foreach (var result in validatable.Validate(new ValidationContext(options)))
                Add(Join(path, result.MemberNames.FirstOrDefault()), result.ErrorMessage ?? "is not valid.");
        }
        return options;
    }

    private void BindProperty(object options, PropertyInfo property, IConfigurationSection? child, string path, int depth)
    {
        var before = _faults.Count;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(string) && Secrets.IsSecretName(property.Name))
            Add(path, "this option would take a secret as a value; its plugin must take the path of a file instead.");
        else if (child is null || IsAbsent(child))
            BindAbsent(options, property, type, path, depth);
        else if (type == typeof(IConfigurationSection))
            property.SetValue(options, child);
        else if (BindValue(type, child, path, depth) is { } value)
            property.SetValue(options, value);
        if (_faults.Count == before)
            Validate(options, property, path);
    }

    private void BindAbsent(object options, PropertyInfo property, Type type, string path, int depth)
    {
        if (IsRequired(property))
            Add(path, "is missing.");
        else if (IsOptionsClass(type) && property.GetValue(options) is { } value)
            CheckDefault(value, path, depth + 1);
    }

    // A class that gives its own default for a part may still leave values in it that somebody must configure.
    private void CheckDefault(object options, string path, int depth)
    {
        foreach (var property in SettableProperties(options.GetType()))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var value = property.GetValue(options);
            if (value is null && IsRequired(property))
                Add(Join(path, property.Name), "is missing.");
            else if (value is not null && IsOptionsClass(type) && depth < MaxDepth)
                CheckDefault(value, Join(path, property.Name), depth + 1);
            else
                Validate(options, property, Join(path, property.Name));
        }
    }

    private static List<PropertyInfo> SettableProperties(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)];

    private object? BindValue(Type type, IConfigurationSection section, string path, int depth)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ScalarReader.Reads(type))
            return BindScalar(type, section, path);
        if (DictionaryValueOf(type) is { } valueType)
            return BindDictionary(valueType, section, path, depth);
        if (ElementOf(type) is { } element)
            return BindList(type, element, section, path, depth);
        if (IsOptionsClass(type))
            return BindObject(type, section, path, depth + 1);
        Add(path, $"an option of type {type.Name} cannot be configured.");
        return null;
    }

    private object? BindScalar(Type type, IConfigurationSection section, string path)
    {
        if (section.Value is not { } text)
        {
            Add(path, "is a single value, not a section.");
            return null;
        }
        if (Secrets.IsSecretText(text))
        {
            Add(path, "holds a private key; write it to a file that only the host can read and give the path.");
            return null;
        }
        var value = ScalarReader.Read(type, text, out var why);
        if (why is not null)
            Add(path, why);
        return value;
    }

    private IDictionary BindDictionary(Type valueType, IConfigurationSection section, string path, int depth)
    {
        // Names are compared as written: two archives must not differ in case only, and the sources already see to that.
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), valueType))!;
        if (section.Value is { Length: > 0 })
            Add(path, "is a section with names of your choice, not a value.");
        foreach (var child in section.GetChildren())
        {
            if (BindValue(valueType, child, Join(path, child.Key), depth) is { } value)
                dictionary[child.Key] = value;
        }
        return dictionary;
    }

    private object? BindList(Type type, Type element, IConfigurationSection section, string path, int depth)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        if (section.Value is { Length: > 0 })
            Add(path, "is a list: write it in [ ].");
        foreach (var child in section.GetChildren())
        {
            if (!int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                Add(Join(path, child.Key), "is in a list, whose keys are 0, 1, 2 and so on.");
            else if (BindValue(element, child, Join(path, child.Key), depth) is { } value)
                list.Add(value);
        }
        var array = Array.CreateInstance(element, list.Count);
        list.CopyTo(array, 0);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return typeof(ImmutableArray).GetMethods().First(m => m.Name == nameof(ImmutableArray.Create) && m.GetParameters() is [{ ParameterType.IsArray: true }]).MakeGenericMethod(element).Invoke(null, [array]);
        return type.IsAssignableFrom(array.GetType()) ? array : type.IsAssignableFrom(list.GetType()) ? list : Activator.CreateInstance(typeof(HashSet<>).MakeGenericType(element), array);
    }

    private void Validate(object options, PropertyInfo property, string path)
    {
        var value = property.GetValue(options);
        var results = new List<ValidationResult>();
        if (value is not null || property.GetCustomAttribute<RequiredAttribute>() is not null)
            Validator.TryValidateProperty(value, new ValidationContext(options) { MemberName = property.Name }, results);
        foreach (var result in results)
            Add(path, result.ErrorMessage ?? "is not valid.");
    }

    private void AddUnknown(IConfigurationSection child, List<PropertyInfo> properties)
    {
        var file = properties.Find(p => p.Name.Equals(child.Key + "File", StringComparison.OrdinalIgnoreCase));
        if (file is not null)
            Add(child.Path, $"secrets are files, never values: write it to a file that only the host can read and give the path in '{file.Name}'.");
        else if (Secrets.IsSecretName(child.Key))
            Add(child.Path, $"is not known here, and secrets are files, never values. {NearNames.Sentence(child.Key, properties.Select(p => p.Name))}");
        else
            Add(child.Path, $"is not known. {NearNames.Sentence(child.Key, properties.Select(p => p.Name))}");
    }

    private static bool IsAbsent(IConfigurationSection section) => section.Value is null && !section.GetChildren().Any();

    private static bool IsRequired(PropertyInfo property) =>
        property.GetCustomAttribute<RequiredAttribute>() is not null || property.GetCustomAttribute<RequiredMemberAttribute>() is not null;

    private static bool IsOptionsClass(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type) && type.GetConstructor(Type.EmptyTypes) is not null;

    private static Type? DictionaryValueOf(Type type) =>
        type.IsGenericType && type.GetGenericArguments() is [var key, var value] && key == typeof(string)
        && type.IsAssignableFrom(typeof(Dictionary<,>).MakeGenericType(typeof(string), value)) ? value : null;

    private static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericArguments() is [var element] && typeof(IEnumerable).IsAssignableFrom(type) ? element
        : null;

    private static string PathOf(IConfiguration section) => (section as IConfigurationSection)?.Path ?? string.Empty;

    private static string Join(string path, string? key) => string.IsNullOrEmpty(key) ? path : path.Length == 0 ? key : $"{path}:{key}";
}
